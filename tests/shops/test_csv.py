"""Purchases from files as shops export them: any separator, any encoding, any number of times."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedbackbot.errors import PurchaseRefused
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.shops.csv import ImportReport, import_file, write_refused
from shopping import Shopping

SAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "purchases.csv"
HEADER = "order,first_name,email,item,delivered_at"


@pytest.fixture
def shopping(database: Database, house: House, now: datetime) -> Shopping:
    return Shopping(database, house, now)


def bring(shopping: Shopping, path: Path) -> ImportReport:
    return import_file(
        path,
        shopping.database,
        shopping.house,
        clock=lambda: shopping.now,
        progress=lambda done, total: None,
    )


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return (
        report.total,
        report.created,
        report.merged,
        report.unchanged,
        len(report.refused),
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "purchases.csv"


def test_the_sample_file_works(shopping: Shopping) -> None:
    report = bring(shopping, SAMPLE)

    assert counts(report) == (3, 3, 0, 0, 0)
    assert report.ignored == ()
    assert len(shopping.invitations()) == 3
    items = {one.order_id: [item["name"] for item in one.items] for one in shopping.purchases()}
    assert items["1043"] == ["Rain jacket, blue"]
    assert items["1044"] == ["Walking poles", "Wool socks"]


def test_the_same_file_again_changes_nothing(shopping: Shopping) -> None:
    bring(shopping, SAMPLE)
    before = [one.token_sha256 for one in shopping.invitations()]

    report = bring(shopping, SAMPLE)

    assert counts(report) == (3, 0, 0, 3, 0)
    assert [one.token_sha256 for one in shopping.invitations()] == before


def test_what_is_new_in_a_later_file_is_merged(shopping: Shopping, file: Path) -> None:
    file.write_text(f"{HEADER}\n1,Ada,,Mug,\n2,Bo,,Cup,\n")
    bring(shopping, file)
    file.write_text(f"{HEADER}\n1,,,Mug,2026-11-19\n2,,,Cup,\n")

    assert counts(bring(shopping, file)) == (2, 0, 1, 1, 0)
    assert {one.first_name for one in shopping.customers()} == {"Ada", "Bo"}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_files_of_every_office_program_are_read(
    shopping: Shopping, file: Path, separator: str, newline: str, encoding: str
) -> None:
    lines = [
        ["Order No.", "Vorname", "E-Mail", "Artikel"],
        ["7", "Zoë", "zoe@example.org", "Café-Set"],
    ]
    text = newline.join(separator.join(cells) for cells in lines) + newline
    file.write_bytes(text.encode(encoding))

    assert counts(bring(shopping, file)) == (1, 1, 0, 0, 0)
    assert shopping.customers()[0].first_name == "Zoë"
    assert shopping.purchases()[0].items == [{"name": "Café-Set"}]


def test_a_line_break_inside_quotes_is_part_of_the_text(shopping: Shopping, file: Path) -> None:
    file.write_text(f'{HEADER}\n1,Ada,,"Mug\nwith ""love""",\n2,Bo,,,\n')

    report = bring(shopping, file)

    assert shopping.purchases()[0].items == [{"name": 'Mug with "love"'}]
    assert [one.line for one in report.refused] == [4]


def test_a_file_without_what_is_needed_says_what_is_missing(shopping: Shopping, file: Path) -> None:
    file.write_text("customer,email\nc-1,ada@example.org\n")

    with pytest.raises(PurchaseRefused, match=r"no column called order or item .*customer, email"):
        bring(shopping, file)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n  \n"])
def test_an_empty_file_is_told_so(shopping: Shopping, file: Path, content: bytes) -> None:
    file.write_bytes(content)

    with pytest.raises(PurchaseRefused, match="empty"):
        bring(shopping, file)


def test_headings_that_mean_nothing_are_named(shopping: Shopping, file: Path) -> None:
    file.write_text("order,item,warehouse\n1,Mug,B\n")

    assert bring(shopping, file).ignored == ("warehouse",)


def test_several_lines_of_one_order_are_its_items(shopping: Shopping, file: Path) -> None:
    file.write_text("order,item\n1,Mug\n2,Cup\n1,Plate\n1,Mug\n")

    assert counts(bring(shopping, file)) == (4, 2, 0, 2, 0)
    assert counts(bring(shopping, file)) == (4, 0, 0, 4, 0)
    assert shopping.purchases()[0].items == [{"name": "Mug"}, {"name": "Plate"}]
    assert len(shopping.invitations()) == 2


def test_two_shops_in_one_file_may_count_their_orders_alike(shopping: Shopping, file: Path) -> None:
    file.write_text("shop,order,item\nuk,1001,Shoes\nde,1001,Lamp\nuk,1001,Laces\n")

    bring(shopping, file)

    bought = {one.source: [item["name"] for item in one.items] for one in shopping.purchases()}
    assert bought == {"uk": ["Shoes", "Laces"], "de": ["Lamp"]}


def test_money_and_dates_are_read_as_people_write_them(shopping: Shopping, file: Path) -> None:
    file.write_text(
        "order;item;total;purchased_at;gift\n"
        "1;Mug;1.234,50 €;20.10.2026;ja\n"
        "2;Mug;£1,234.50;2026-10-20T12:00:00+02:00;no\n"
        "3;Mug;12;;\n"
    )

    bring(shopping, file)

    first, second, third = shopping.purchases()
    assert (first.total_cents, second.total_cents, third.total_cents) == (123450, 123450, 1200)
    assert first.purchased_at == datetime(2026, 10, 19, 23, tzinfo=UTC)  # midnight in London
    assert second.purchased_at == datetime(2026, 10, 20, 10, tzinfo=UTC)
    assert (first.gift, second.gift) == (True, False)


def test_refused_lines_are_kept_with_reason_and_remedy(shopping: Shopping, file: Path) -> None:
    file.write_text(
        f"{HEADER}\n"
        "1,Ada,ada@example.org,Mug,2026-11-19\n"
        ",Bo,,Cup,\n"
        "3,Cleo,not-an-address,Cup,\n"
        "4,Dan,,Cup,10/11/2026\n"
        '5,Eve,,"Cup" of tea,\n'
        "6,=cmd(),,,\n"
        "7,Fay,,Cup,,one,too,many\n"
        "8,Gus,,Cup,\n"
    )

    report = bring(shopping, file)

    assert counts(report) == (8, 2, 0, 0, 6)
    assert [one.line for one in report.refused] == [3, 4, 5, 6, 7, 8]
    assert all(one.reason and one.remedy for one in report.refused)
    kept = write_refused(report, file)
    assert kept is not None
    assert kept.name == "purchases.refused.csv"
    rows = list(csv.DictReader(kept.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["line"] for row in rows] == ["3", "4", "5", "6", "7", "8"]
    assert rows[4]["first_name"] == "'=cmd()"
    assert "one too many" in rows[5]["delivered_at"]


def test_the_refused_file_can_be_put_right_and_imported(shopping: Shopping, file: Path) -> None:
    file.write_text("order,first_name,item\n1,=Ada,\n")
    kept = write_refused(bring(shopping, file), file)
    assert kept is not None
    kept.write_text(kept.read_text(encoding="utf-8-sig").replace("'=Ada,,", "'=Ada,Mug,"))

    assert counts(bring(shopping, kept)) == (1, 1, 0, 0, 0)
    assert shopping.customers()[0].first_name == "=Ada"


def test_without_refusals_no_file_is_written(shopping: Shopping, file: Path) -> None:
    file.write_text("order,item\n1,Mug\n")

    assert write_refused(bring(shopping, file), file) is None


def test_a_quote_that_is_never_closed_costs_its_own_line_alone(
    shopping: Shopping, file: Path
) -> None:
    file.write_text('order,item\n1,Mug\n2,"Cup\n3,Plate\n4,7" screen\n')

    report = bring(shopping, file)

    assert counts(report) == (4, 3, 0, 0, 1)
    assert report.refused[0].cells == ("2", '"Cup')
    assert shopping.purchases()[-1].items == [{"name": '7" screen'}]


class Killed(Exception):
    """The process died here."""


def test_an_import_killed_half_way_is_run_again_and_invites_nobody_twice(
    shopping: Shopping, file: Path
) -> None:
    rows = "".join(f"{n},Customer {n},c{n}@example.org,Mug,2026-11-19\n" for n in range(1200))
    file.write_text(f"{HEADER}\n{rows}")

    def die(done: int, total: int) -> None:
        if done >= 1000:
            raise Killed

    with pytest.raises(Killed):
        import_file(
            file, shopping.database, shopping.house, clock=lambda: shopping.now, progress=die
        )
    tokens = {one.purchase_id: one.token_sha256 for one in shopping.invitations()}
    report = bring(shopping, file)

    assert counts(report) == (1200, 200, 0, 1000, 0)
    after = {one.purchase_id: one.token_sha256 for one in shopping.invitations()}
    assert len(after) == 1200
    assert tokens.items() <= after.items()


def test_progress_is_told_in_lines(shopping: Shopping, file: Path) -> None:
    file.write_text("order,item\n" + "".join(f"{n},Mug\n" for n in range(600)))
    told: list[tuple[int, int]] = []

    import_file(
        file,
        shopping.database,
        shopping.house,
        clock=lambda: shopping.now,
        progress=lambda done, total: told.append((done, total)),
    )

    assert told == [(500, 600), (600, 600)]

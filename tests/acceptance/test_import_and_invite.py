"""Purchases from a file and invitations by hand, as people type them beside a bot that is running."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance.scenes import ASKED
from acceptance.stage import Stage
from acceptance.terminal import rows_of

SAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "purchases.csv"
#: when the sample's purchases are fresh
OPENS_AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LINK = re.compile(r"https://t\.me/feedback_demo_bot\?start=[A-Za-z0-9_-]{22,}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(folder=tmp_path_factory.mktemp("shop"), opens_at=OPENS_AT) as stage:
        yield stage


# ------------------------------------------------------------------------- import


def test_the_sample_file_is_imported_and_every_customer_gets_one_link(shop: Stage) -> None:
    links, cards = shop.folder / "links.csv", shop.folder / "cards.html"
    words = ("import", str(SAMPLE), "--links", str(links), "--cards", str(cards))

    first = shop.command(*words)
    again = shop.command(*words)

    assert (first.returncode, again.returncode) == (0, 0)
    assert "3 lines: 3 new, 0 with news, 0 known already, 0 refused" in first.stderr
    assert "3 lines: 0 new, 0 with news, 3 known already, 0 refused" in again.stderr
    rows = rows_of(links)
    assert [(row["order"], row["first_name"]) for row in rows] == [
        ("1042", "Ada"),
        ("1043", "Bo"),
        ("1044", "Cleo"),
    ]
    assert len({row["link"] for row in rows if LINK.fullmatch(row["link"])}) == 3
    page = cards.read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    assert "Birch &amp; Lane" in page
    assert "http" not in re.sub(r"https://t\.me/\S+|http://www\.w3\.org/\S+", "", page)


def test_a_link_of_an_imported_purchase_leads_to_its_question(shop: Stage) -> None:
    file, links = shop.folder / "one.csv", shop.folder / "one-link.csv"
    file.write_text("order,first_name,item,delivered_at\n2001,Dora,Lamp,2026-11-19\n")
    shop.command("import", str(file), "--links", str(links))
    (link,) = (row["link"] for row in rows_of(links) if row["order"] == "2001")

    dora = shop.customer("Dora")
    dora.opens(link)

    assert "Lamp" in dora.reads(ASKED)


def test_wrong_lines_are_named_and_kept_and_the_others_are_taken(shop: Stage) -> None:
    file = shop.folder / "mixed.csv"
    file.write_text(
        "order;first_name;item;total;delivered_at\r\n"
        "3001;Eve;Lamp;12,50;19.11.2026\r\n"
        ";Nobody;Lamp;12,50;19.11.2026\r\n"
        "3003;Gil;Lamp;much;19.11.2026\r\n"
        "3005;Hana;Lamp;12,50;the day after\r\n"
        "3006;Ivo;Lamp;12,50;19.11.2026;one cell too many\r\n",
        encoding="utf-8",
        newline="",
    )

    done = shop.command("import", str(file))

    assert done.returncode == 1
    assert "5 lines: 1 new, 0 with news, 0 known already, 4 refused" in done.stderr
    named = [int(number) for number in re.findall(r"^line (\d+): .+", done.stderr, re.MULTILINE)]
    assert named == [3, 4, 5, 6]
    kept = rows_of(shop.folder / "mixed.refused.csv")
    assert [row["line"] for row in kept] == ["3", "4", "5", "6"]
    assert all(row["reason"] for row in kept)


def test_a_refused_file_can_be_put_right_and_imported_in_its_turn(shop: Stage) -> None:
    file = shop.folder / "typo.csv"
    file.write_text("order,first_name,item,delivered_at\n4001,Joe,Lamp,the day after\n")
    shop.command("import", str(file))
    kept = shop.folder / "typo.refused.csv"
    kept.write_text(kept.read_text(encoding="utf-8-sig").replace("the day after", "2026-11-19"))

    done = shop.command("import", str(kept))

    assert (done.returncode, "1 new" in done.stderr) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"name,colour\nLamp,red\n", "no column called order or item"),
    ],
)
def test_a_file_that_is_no_list_of_purchases_is_refused_in_a_sentence(
    shop: Stage, content: bytes, sentence: str
) -> None:
    file = shop.folder / "other.csv"
    file.write_bytes(content)

    done = shop.command("import", str(file))

    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_a_sentence(shop: Stage) -> None:
    done = shop.command("import", "nowhere.csv")

    assert done.returncode in {1, 2}
    assert "nowhere.csv" in done.stderr
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------------------- invite


def test_an_invitation_by_hand_prints_its_link_and_draws_its_code(shop: Stage) -> None:
    svg = shop.folder / "code.svg"

    done = shop.command(
        *("invite", "5001", "--item", "Trail shoes", "--item", "Wool socks"),
        *("--first-name", "Kim", "--svg", str(svg), "--snippets"),
    )

    assert done.returncode == 0, done.stderr
    link = done.stdout.splitlines()[0]
    assert LINK.fullmatch(link)
    assert svg.read_text().startswith("<svg")
    assert done.stdout.count(link) >= 3


def test_an_invitation_made_twice_has_one_link(shop: Stage) -> None:
    first = shop.command("invite", "5002", "--item", "Lamp")
    again = shop.command("invite", "5002", "--item", "Lamp")

    assert first.stdout == again.stdout != ""


def test_an_invitation_by_hand_is_asked_about_on_a_known_day(shop: Stage) -> None:
    link = shop.command("invite", "5003", "--item", "Lamp").stdout.strip()
    lea = shop.customer("Lea")

    lea.opens(link)

    assert "8 December" in lea.reads("I am the feedback bot of Birch & Lane")


def test_a_link_is_looked_at_without_being_bound(shop: Stage) -> None:
    link = shop.command("invite", "5004", "--item", "Lamp").stdout.strip()

    seen = shop.command("invite", "--preview", link)

    assert seen.returncode == 0
    assert "Order 5004" in seen.stdout
    assert "not opened yet" in seen.stdout
    lou = shop.customer("Lou")
    lou.opens(link)
    lou.reads("Lamp")
    assert "opened by a customer" in shop.command("invite", "--preview", link).stdout


def test_an_unknown_link_is_refused_in_a_sentence(shop: Stage) -> None:
    done = shop.command("invite", "--preview", "https://t.me/feedback_demo_bot?start=" + "x" * 24)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


@pytest.mark.parametrize("words", [("invite",), ("invite", "5005")])
def test_an_invitation_without_its_facts_says_which_option_brings_them(
    shop: Stage, words: tuple[str, ...]
) -> None:
    done = shop.command(*words)

    assert done.returncode in {1, 2}
    assert "--item" in done.stderr

"""Exports: what leaves the house as a file carries its disclosure and can do no harm."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime

import pytest

from feedbackbot import publishing
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.publishing import PublicTestimonial
from feedbackbot.web.site import render_wall
from published import ADAS_WORDS, Words, put_words


def items_after(
    database: Database, house: House, words: Words, now: datetime
) -> tuple[PublicTestimonial, ...]:
    database.write(lambda session: put_words(session, words, now=now))
    return database.read(lambda session: publishing.published(session, house, now=now))


@pytest.mark.parametrize(
    "formula",
    ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1"],
)
def test_no_quote_can_act_as_a_formula(
    database: Database, house: House, now: datetime, formula: str
) -> None:
    items = items_after(database, house, Words(text=formula), now)

    header, row = csv.reader(io.StringIO(publishing.as_csv(items), newline=""))

    cell = row[header.index("quote")]
    assert cell == f"'{formula}"


def test_a_quote_with_commas_quotes_and_lines_survives_a_spreadsheet(
    database: Database, house: House, now: datetime
) -> None:
    text = 'First line, "quoted"\nsecond line'
    items = items_after(database, house, Words(text=text), now)

    header, row = csv.reader(io.StringIO(publishing.as_csv(items), newline=""))

    assert row[header.index("quote")] == text


def test_the_export_for_programs_never_comes_without_its_disclosure(
    database: Database, house: House, now: datetime
) -> None:
    items = items_after(database, house, Words(), now)
    note = database.read(lambda session: publishing.disclosure(session, house))

    content = json.loads(publishing.as_json(items, note))

    assert content["testimonials"][0]["quote"] == ADAS_WORDS
    assert content["disclosure"]["text"]
    assert content["disclosure"]["how_we_collect"] == "https://feedback.example/how-we-collect"


def test_the_page_as_a_file_stands_on_its_own(
    database: Database, house: House, now: datetime
) -> None:
    items = items_after(database, house, Words(text="<b>bold</b>"), now)
    note = database.read(lambda session: publishing.disclosure(session, house))

    page = render_wall(house.library.shop, items, note, inline_css=True)

    assert "<link" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert 'content: "\\201C"' in page


def test_every_export_says_who_was_given_a_code(
    database: Database, house: House, now: datetime
) -> None:
    items = items_after(database, house, Words(thanked=True), now)
    note = database.read(lambda session: publishing.disclosure(session, house))

    (row,) = csv.DictReader(io.StringIO(publishing.as_csv(items), newline=""))
    content = json.loads(publishing.as_json(items, note))

    assert row["incentive"] == "received a thank-you code"
    assert content["testimonials"][0]["incentive"] == "received a thank-you code"
    assert "received a thank-you code" in content["disclosure"]["text"]
    assert "received a thank-you code" in render_wall(
        house.library.shop, items, note, inline_css=True
    )


def test_words_for_other_uses_are_exported_only_for_these(
    database: Database, house: House, now: datetime
) -> None:
    database.write(lambda session: put_words(session, Words(uses="social"), now=now))

    def for_use(use: str | None) -> int:
        return len(database.read(lambda s: publishing.published(s, house, now=now, use=use)))

    assert (for_use("website"), for_use("social"), for_use(None)) == (0, 1, 1)

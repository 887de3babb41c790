"""How a link reaches the customer: QR code, mail merge, snippets, printed cards."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from datetime import datetime

import pytest

from feedbackbot import inviting
from feedbackbot.house import House
from feedbackbot.inviting import links
from feedbackbot.inviting.links import Handout
from feedbackbot.models.database import Database
from shopping import Shopping

LINK = "https://t.me/SomaFeedbackBot?start=abcdefghijklmnop"
NASTY = '<script>alert("x")</script>'


@pytest.fixture
def shopping(database: Database, house: House, now: datetime) -> Shopping:
    return Shopping(database, house, now)


def handout(**change: str) -> Handout:
    usual = {"order_id": "1042", "item": "Trail shoes", "link": LINK, "first_name": "Ada"}
    return Handout(**(usual | change))


def test_the_qr_code_is_one_svg_without_a_fixed_size() -> None:
    drawing = ET.fromstring(links.qr_svg(LINK))

    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert "viewBox" in drawing.attrib
    assert "width" not in drawing.attrib


def test_the_qr_code_fits_a_terminal() -> None:
    lines = links.qr_terminal(LINK).splitlines()

    assert 10 < len(lines) < 30
    assert max(len(re.sub("\x1b\\[[0-9;]*m", "", line)) for line in lines) < 60


@pytest.mark.parametrize(
    "text", [LINK, "abcdefghijklmnop", f" {LINK}\n", "tg://resolve?domain=x&start=abcdefghijklmnop"]
)
def test_a_token_is_found_in_what_people_paste(text: str) -> None:
    assert links.find_token(text) == "abcdefghijklmnop"


@pytest.mark.parametrize(
    "text", ["", "short", "https://t.me/SomaFeedbackBot", "a" * 65, "ab cd" * 5]
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert links.find_token(text) is None


def test_the_mail_merge_holds_the_links_that_nobody_has_opened(shopping: Shopping) -> None:
    shopping.tell()
    shopping.open(shopping.tell(order_id="1043").link)
    shopping.tell(order_id="1044", customer={"id": "x", "first_name": "=HYPERLINK(1)"})

    text = links.mail_merge(
        shopping.database.read(lambda s: inviting.to_hand_out(s, shopping.house, now=shopping.now))
    )

    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["order"] for row in rows] == ["1042", "1044"]
    assert rows[0]["email"] == "ada@example.org"
    assert rows[0]["link"].startswith("https://t.me/SomaFeedbackBot?start=")
    assert rows[1]["first_name"] == "'=HYPERLINK(1)"


def test_snippets_are_ready_to_paste_and_hold_no_foreign_markup(house: House) -> None:
    ready = links.snippets(house.library, handout(item=NASTY))

    for html in (ready.email_html, ready.page_html):
        assert LINK in html
        assert "<script" not in html
        assert "Birch &amp; Lane" in ready.email_html
    assert LINK in ready.email_text
    assert "Hi Ada, how are you finding your" in ready.email_text
    assert "&lt;" not in ready.email_text


def test_a_customer_is_invited_in_their_language(house: House) -> None:
    ready = links.snippets(house.library, handout(language="es-MX"))
    page = links.sheet(house.library, [handout(language="ar"), handout(language="de")])

    assert ready.email_text.startswith("Hola, Ada: ¿qué tal te va con tu pedido (Trail shoes)?")
    assert 'lang="es"' in ready.page_html
    assert ">Abrir en Telegram</a>" in ready.page_html
    assert '<article class="card" lang="ar" dir="rtl">' in page
    assert "<h2>Wie waren wir, Ada?</h2>" in page


def test_placeholders_of_the_shop_system_stay_what_they_are(house: House) -> None:
    ready = links.snippets(house.library, handout(link="{{ link }}", item="{{ item }}"))

    assert 'href="{{ link }}"' in ready.email_html


def test_the_sheet_has_eight_cards_a_page_and_needs_nothing_else(house: House) -> None:
    page = links.sheet(house.library, [handout(order_id=str(n)) for n in range(9)])

    assert page.count('<article class="card"') == 9
    assert page.count('<section class="page">') == 2
    assert page.count("<svg") == 9
    assert not re.search(r'(src|href)="|url\(|@import', page)


def test_no_customer_can_write_into_the_sheet(house: House) -> None:
    page = links.sheet(house.library, [handout(first_name=NASTY, item=NASTY, order_id=NASTY)])

    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 3


def test_a_sheet_without_cards_says_so(house: House) -> None:
    assert "No link is waiting" in links.sheet(house.library, [])

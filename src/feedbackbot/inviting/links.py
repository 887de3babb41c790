"""The secret link of an invitation, and how it reaches the customer: QR code, e-mail, thank-you page, printed cards."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import segno
from markupsafe import Markup

from feedbackbot.engine.script import Library
from feedbackbot.engine.translating.speaking import common_in
from feedbackbot.engine.wording import render
from feedbackbot.engine.wording.directions import is_right_to_left
from feedbackbot.house import House
from feedbackbot.publishing import safe_cell

if TYPE_CHECKING:
    from jinja2 import Environment

#: 144 bits; Telegram takes 64 characters of A-Za-z0-9_-
_TOKEN_BYTES: Final = 18
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_CARDS_A_PAGE: Final = 8
_INVITING: Final = "invite."
_TEMPLATES: Final = Path(__file__).parent / "handouts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """One link with what a person needs to hand it to the right customer."""

    order_id: str
    item: str
    link: str
    first_name: str | None = None
    email: str | None = None
    #: the customer's; None is spoken to as the sentences were written
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippets:
    """Ready to paste into the shop's own order e-mail and thank-you page."""

    email_html: str
    email_text: str
    page_html: str


def new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link_of(house: House, token: str) -> str:
    return f"https://t.me/{house.bot_username}?start={token}"


def find_token(text: str) -> str | None:
    """The token in a link or standing alone; None when it can't be one of ours."""
    started = parse_qs(urlsplit(text.strip()).query).get("start", [text.strip()])[0]
    return started if _TOKEN.fullmatch(started) else None


def qr_svg(link: str) -> str:
    """A whole SVG file; it scales without limits and survives a scratch (15 % may be unreadable)."""
    out = io.BytesIO()
    _qr(link).save(out, kind="svg", xmldecl=False, border=4, omitsize=True, nl=False)
    return out.getvalue().decode()


def qr_terminal(link: str) -> str:
    out = io.StringIO()
    _qr(link).terminal(out, border=2, compact=True)
    return out.getvalue()


def mail_merge(handouts: Iterable[Handout]) -> str:
    """CSV for a mail program; no cell can act as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("order", "first_name", "email", "item", "link"))
    for one in handouts:
        cells = (one.order_id, one.first_name, one.email, one.item, one.link)
        writer.writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()


def snippets(library: Library, handout: Handout) -> Snippets:
    """`handout` may hold the shop system's own placeholders, such as {{ customer.first_name }}."""
    facts = {"shop": library.shop, "card": handout, "said": _said(library, handout)}
    return Snippets(
        email_html=_rendered("email.html", **facts),
        email_text=_rendered("email.txt", **facts),
        page_html=_rendered("thank_you.html", **facts, qr=_drawn(handout.link)),
    )


def sheet(library: Library, handouts: Sequence[Handout]) -> str:
    """A self-contained page to print: eight cards on each A4 page, to be cut and put into the parcels."""
    cards = [(_said(library, one), _drawn(one.link)) for one in handouts]
    pages = [cards[n : n + _CARDS_A_PAGE] for n in range(0, len(cards), _CARDS_A_PAGE)]
    return _rendered("cards.html", shop=library.shop, pages=pages)


def _said(library: Library, handout: Handout) -> Mapping[str, str]:
    """The inviting sentences by their short names, with the `lang` and `dir` of what they stand in."""
    common = common_in(handout.language, library.common, beside=None)
    names = {
        "shop": {"name": library.shop.name},
        "customer": {"first_name": handout.first_name},
        "purchase": {"item": handout.item, "number": handout.order_id},
    }
    texts = {
        key.removeprefix(_INVITING): render(text, names, language=common.language)
        for key, text in common.texts.items()
        if key.startswith(_INVITING)
    }
    right_to_left = is_right_to_left(common.language)
    about = {"lang": common.language, "dir": "rtl" if right_to_left else "ltr"}
    return {**texts, **about, "card_item": handout.item}


def _drawn(link: str) -> Markup:
    # our own drawing, made of nothing but squares
    return Markup(qr_svg(link))  # noqa: S704


def _qr(link: str) -> segno.QRCode:
    return segno.make_qr(link, error="m")


def _rendered(name: str, **facts: object) -> str:
    return _environment().get_template(name).render(**facts)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

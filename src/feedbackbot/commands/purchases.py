"""`feedbackbot import` and `feedbackbot invite`: purchases in, links out."""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from feedbackbot import inviting
from feedbackbot.commands.opened import Opened, opened
from feedbackbot.engine.chat import PurchaseFacts
from feedbackbot.engine.translating.goods import item_in_words
from feedbackbot.errors import ConfigError
from feedbackbot.inviting import RecordedPurchase, links
from feedbackbot.inviting.links import Handout
from feedbackbot.shops.csv import ImportReport, import_file, write_refused


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOrder:
    """What `feedbackbot invite` was told of an order."""

    order: str
    items: tuple[str, ...] = ()
    first_name: str | None = None
    email: str | None = None
    language: str | None = None

    def as_purchase(self) -> dict[str, object]:
        customer = {
            "first_name": self.first_name,
            "email": self.email,
            "language": self.language,
        }
        return {
            "source": "invite",
            "order_id": self.order,
            "customer": {name: value for name, value in customer.items() if value},
            "items": [{"name": item} for item in self.items],
        }


def import_csv(file: Path, *, links_to: Path | None, cards_to: Path | None) -> int:
    """Exit code 1 when a line was refused; everything else has been taken all the same."""
    if not file.is_file():
        raise ConfigError(f"There is no file {file}.")
    # nearly all that an import makes lives until its batch is stored: looking for garbage cost a seventh of the time
    gc.set_threshold(20_000, 20, 20)
    with opened(needs_links=True) as office:
        console = Console(stderr=True)
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(f"Reading {file.name}", total=None)
            report = import_file(
                file,
                office.database,
                office.house,
                clock=office.clock.now,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        _tell(report, console)
        if kept := write_refused(report, file):
            sys.stderr.write(f"The refused lines, to be put right and imported: {kept}\n")
        _hand_out(office, links_to=links_to, cards_to=cards_to)
    return 1 if report.refused else 0


def _tell(report: ImportReport, console: Console) -> None:
    console.print(
        f"{report.total} lines: {report.created} new, {report.merged} with news, "
        f"{report.unchanged} known already, {len(report.refused)} refused.",
        highlight=False,
    )
    for refused in report.refused:
        sys.stderr.write(f"line {refused.line}: {refused.reason} {refused.remedy}".rstrip() + "\n")


def _hand_out(office: Opened, *, links_to: Path | None, cards_to: Path | None) -> None:
    if links_to is None and cards_to is None:
        return
    waiting = office.database.read(
        lambda session: inviting.to_hand_out(
            session, office.house, source="csv", now=office.clock.now()
        )
    )
    if links_to is not None:
        links_to.write_text(links.mail_merge(waiting), encoding="utf-8")
        sys.stderr.write(f"{len(waiting)} links for your mail program: {links_to}\n")
    if cards_to is not None:
        cards_to.write_text(links.sheet(office.house.library, waiting), encoding="utf-8")
        sys.stderr.write(f"{len(waiting)} cards to print: {cards_to}\n")


def invite_one(order: OneOrder, *, svg: Path | None, snippets: bool) -> int:
    """Print the link of one order and its QR code; exit code 1 when nobody is to be asked."""
    incoming = inviting.parse_purchase(order.as_purchase())
    with opened(needs_links=True) as office:
        recorded = office.database.write(
            lambda session: inviting.record_purchase(
                session, office.house, incoming, now=office.clock.now()
            )
        )
        for note in recorded.notes:
            sys.stderr.write(f"{note}\n")
        if recorded.link is None:
            return 1
        _show(order, recorded, recorded.link, svg=svg)
        if snippets:
            _show_snippets(office, order, recorded.link)
    return 0


def _show(order: OneOrder, recorded: RecordedPurchase, link: str, *, svg: Path | None) -> None:
    sys.stdout.write(f"{link}\n")
    if sys.stdout.isatty():
        sys.stdout.write(links.qr_terminal(link))
    if recorded.invitation is not None:
        expires = recorded.invitation.expires_at
        sys.stderr.write(
            f"Order {order.order}; the link belongs to whoever opens it first "
            f"and runs out on {expires:%Y-%m-%d}.\n"
        )
    if svg is not None:
        svg.write_text(links.qr_svg(link), encoding="utf-8")
        sys.stderr.write(f"QR code: {svg}\n")


def _show_snippets(office: Opened, order: OneOrder, link: str) -> None:
    library = office.house.library
    bought = PurchaseFacts(number=order.order, items=tuple(order.items))
    handout = Handout(
        order_id=order.order,
        item=item_in_words(bought, order.language or library.common.language),
        link=link,
        first_name=order.first_name,
        email=order.email,
        language=order.language,
    )
    made = links.snippets(library, handout)
    for title, text in (
        ("For the order e-mail (HTML)", made.email_html),
        ("For the order e-mail (text)", made.email_text),
        ("For the thank-you page", made.page_html),
    ):
        sys.stdout.write(f"\n--- {title} ---\n{text}\n")


def preview_link(link: str) -> int:
    """Say where a link leads, without binding it to anybody."""
    with opened() as office:
        seen = office.database.read(
            lambda session: inviting.preview(session, office.house, link, now=office.clock.now())
        )
    bound = "opened by a customer" if seen.is_bound else "not opened yet"
    asks = f"asks on {seen.due_at:%Y-%m-%d %H:%M} UTC" if seen.due_at else "waits for the delivery"
    sys.stdout.write(
        f"Order {seen.order_id} ({seen.source}): {seen.item}, for {seen.first_name or 'a guest'}.\n"
        f"{seen.script}: {seen.status}, {bound}, {asks}, runs out on {seen.expires_at:%Y-%m-%d}.\n"
    )
    if seen.why_not:
        sys.stdout.write(f"Will not be asked now: {seen.why_not}.\n")
    return 0

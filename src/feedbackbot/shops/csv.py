"""Purchases from a CSV file as shops export them; safe to run again, and nothing that was refused is lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from feedbackbot.errors import PurchaseRefused
from feedbackbot.house import House
from feedbackbot.inviting.incoming_purchase import IncomingPurchase
from feedbackbot.inviting.purchasing import RecordedPurchase, record_all
from feedbackbot.models.database import Database
from feedbackbot.publishing import safe_cell
from feedbackbot.shops.columns import Columns, Order, items_in, read_header

#: rows a transaction: a kill loses at most the transaction that is running
_BATCH: Final = 500
_SEPARATORS: Final = ",;\t|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line of the file that could not be used; `cells` is what stood there."""

    line: int
    reason: str
    remedy: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    total: int
    created: int
    merged: int
    unchanged: int
    refused: tuple[Refused, ...]
    header: tuple[str, ...]
    #: headings that mean nothing here
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cells: list[str]
    #: what was wrong with the quoting
    broken: str = ""


def import_file(
    path: Path,
    database: Database,
    house: House,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None],
) -> ImportReport:
    """Record every purchase in the file; raises PurchaseRefused when the file as a whole can't be used."""
    header, lines = _read(path)
    columns = read_header(header)
    tally = _Tally(columns, lines)
    for begin in range(0, len(lines), _BATCH):
        batch = tally.parse(lines[begin : begin + _BATCH])
        purchases = [purchase for _, purchase in batch]
        record = partial(record_all, house=house, batch=purchases, now=clock())
        outcomes = database.write(record)
        tally.count([line for line, _ in batch], outcomes)
        progress(min(begin + _BATCH, len(lines)), len(lines))
    return tally.report(header)


def write_refused(report: ImportReport, path: Path) -> Path | None:
    """Beside the file, as FILE.refused.csv: to be put right and imported in its turn. None when there is nothing."""
    if not report.refused:
        return None
    target = path.with_name(f"{path.stem}.refused.csv")
    width = len(report.header)
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([*report.header, "line", "reason", "remedy"])
        for one in report.refused:
            cells = [*one.cells[:width], *[""] * (width - len(one.cells))]
            # what stands beyond the header is kept with the last cell
            cells[-1] = "".join([cells[-1], *(f" {cell}" for cell in one.cells[width:])])
            writer.writerow([safe_cell(c) for c in (*cells, str(one.line), one.reason, one.remedy)])
    return target


class _Tally:
    """Counts what became of the lines, and knows which of them make one order."""

    def __init__(self, columns: Columns, lines: Sequence[_Line]) -> None:
        self._columns = columns
        self._items = _items_by_order(columns, lines)
        self._total = len(lines)
        self._counts = {"created": 0, "merged": 0, "unchanged": 0}
        self._refused: list[Refused] = []

    def parse(self, lines: Sequence[_Line]) -> list[tuple[_Line, IncomingPurchase]]:
        parsed: list[tuple[_Line, IncomingPurchase]] = []
        for line in lines:
            try:
                parsed.append((line, self._purchase(line)))
            except PurchaseRefused as error:
                self._refuse(line, error)
        return parsed

    def count(
        self, lines: Sequence[_Line], outcomes: Sequence[RecordedPurchase | PurchaseRefused]
    ) -> None:
        for line, outcome in zip(lines, outcomes, strict=True):
            if isinstance(outcome, PurchaseRefused):
                self._refuse(line, outcome)
            elif outcome.purchase is None:
                self._refuse(line, PurchaseRefused(" ".join(outcome.notes)))
            else:
                self._counts[_what_became_of(outcome)] += 1

    def report(self, header: Sequence[str]) -> ImportReport:
        return ImportReport(
            total=self._total,
            refused=tuple(sorted(self._refused, key=lambda one: one.line)),
            header=tuple(header),
            ignored=self._columns.ignored,
            **self._counts,
        )

    def _purchase(self, line: _Line) -> IncomingPurchase:
        if line.broken:
            raise PurchaseRefused(
                f"The quotes in this line don't fit ({line.broken}).",
                remedy='Close each quote, and write a quote inside a text as "".',
            )
        items = self._items.get(self._columns.order(line.cells))
        return self._columns.purchase(line.cells, items)

    def _refuse(self, line: _Line, error: PurchaseRefused) -> None:
        refused = Refused(
            line=line.number, reason=error.reason, remedy=error.remedy, cells=tuple(line.cells)
        )
        self._refused.append(refused)


def _what_became_of(outcome: RecordedPurchase) -> str:
    if outcome.created:
        return "created"
    return "merged" if outcome.changed else "unchanged"


def _items_by_order(columns: Columns, lines: Sequence[_Line]) -> dict[Order, list[str]]:
    """Shops that export a line for each item: the items of every order that has several lines."""
    seen: set[Order] = set()
    several: dict[Order, list[str]] = {}
    for line in lines:
        order = columns.order(line.cells)
        if order in seen:
            several[order] = []
        seen.add(order)
    for line in lines:
        found = several.get(columns.order(line.cells))
        if found is not None:
            new = items_in(columns.cell(line.cells, "item"))
            found += [item for item in new if item not in found]
    return several


def _read(path: Path) -> tuple[list[str], list[_Line]]:
    text = _decoded(path.read_bytes())
    texts = list(io.StringIO(text, newline=""))
    first = next((line for line in texts if line.strip()), "")
    lines = [
        line for line in _parsed(texts, _separator(first)) if any(c.strip() for c in line.cells)
    ]
    if not lines:
        raise PurchaseRefused(
            "The file is empty.", remedy="Its first line must name the columns: order,item,…"
        )
    return [cell.strip() for cell in lines[0].cells], lines[1:]


def _decoded(content: bytes) -> str:
    """Old office programs write the code page of their country; what is no UTF-8 is read as that of the west."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _separator(header: str) -> str:
    return max(_SEPARATORS, key=header.count)


def _parsed(texts: Sequence[str], separator: str) -> Iterator[_Line]:
    """Like csv.reader, but a wrong quote costs its own line and no other."""
    begin = 0
    while begin < len(texts):
        done = begin
        rest = (texts[n] for n in range(begin, len(texts)))
        reader = csv.reader(rest, delimiter=separator, strict=True)
        try:
            for cells in reader:
                yield _Line(done + 1, cells)
                done = begin + reader.line_num
        except csv.Error as error:
            raw = texts[done].rstrip("\r\n")
            yield _Line(done + 1, raw.split(separator), broken=str(error))
            done += 1
        begin = done

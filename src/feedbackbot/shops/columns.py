"""Which column of a CSV file means what, and how a row of cells becomes a purchase."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from feedbackbot.errors import PurchaseRefused
from feedbackbot.inviting.incoming_purchase import MOMENTS, IncomingPurchase, parse_purchase
from feedbackbot.publishing import safe_cell

#: what a column is for -> the headings that mean it, in small letters without anything between them
_HEADINGS: Final[Mapping[str, str]] = {
    "order_id": "order orderid ordernumber orderno ordernr orderref number bestellnummer pedido commande",
    "customer_id": "customerid customer customernumber customerno clientid kundennummer",
    "first_name": "firstname givenname forename vorname nombre prenom name fullname customername",
    "last_name": "lastname surname familyname nachname apellidos nom",
    "email": "email mail emailaddress customeremail correo courriel",
    "item": "item items product products productname title article lineitemname artikel produkt",
    "sku": "sku itemsku articlenumber lineitemsku",
    "total": "total amount price ordertotal betrag importe",
    "currency": "currency waehrung währung moneda devise",
    "language": "language lang locale sprache",
    "timezone": "timezone tz",
    "purchased_at": "purchasedat purchased placedat orderedat orderdate purchasedate createdat date datum",
    "shipped_at": "shippedat shipped shippingdate fulfilledat",
    "delivered_at": "deliveredat delivered deliverydate",
    "cancelled_at": "cancelledat canceledat cancelled canceled",
    "refunded_at": "refundedat refunded",
    "returned_at": "returnedat returned",
    "gift": "gift isgift geschenk",
    "tags": "tags tag",
    "source": "source shop channel",
}
_MEANING: Final = {word: name for name, words in _HEADINGS.items() for word in words.split()}
_REQUIRED: Final = {"order_id": "order", "item": "item"}
_YES: Final = frozenset(("yes", "y", "true", "1", "x", "ja", "si", "sí", "oui"))
_NO: Final = frozenset(("no", "n", "false", "0", "nein", "non"))
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\b[ ,]*(.*)")
_THOUSANDS: Final = re.compile(r"(?<=\d)[ '\u00a0\u202f](?=\d{3})")
#: a shop and its order number
Order: TypeAlias = tuple[str, str]
_LONGEST_CELL: Final = 4000
_MOST_COLUMNS: Final = 200


@dataclass(frozen=True, slots=True)
class Columns:
    """Made from the first line; `ignored` are headings that mean nothing here."""

    places: Mapping[str, int]
    width: int
    ignored: tuple[str, ...]

    def purchase(self, row: Sequence[str], items: Sequence[str] | None = None) -> IncomingPurchase:
        """Raises PurchaseRefused. `items` where several lines make one order."""
        self._refuse_shape(row)
        cells = {name: self.cell(row, name) for name in self.places}
        source, order_id = self.order(row)
        return parse_purchase(
            {
                "source": source,
                "order_id": order_id,
                "customer": _customer(cells),
                "items": _items(cells, items),
                "total": _amount(cells.get("total", "")),
                "currency": cells.get("currency"),
                "gift": _yes_or_no(cells.get("gift", "")),
                "tags": cells.get("tags", "").replace(";", ",") or None,
                **{name: _date(cells.get(name, "")) for name in MOMENTS},
            }
        )

    def order(self, row: Sequence[str]) -> Order:
        """Two shops in one file may count their orders alike."""
        return self.cell(row, "source") or "csv", self.cell(row, "order_id")

    def cell(self, row: Sequence[str], name: str) -> str:
        place = self.places.get(name)
        if place is None or place >= len(row):
            return ""
        text = row[place].strip()
        # the apostrophe that our own exports put before what looks like a formula
        return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text

    def _refuse_shape(self, row: Sequence[str]) -> None:
        if any(cell.strip() for cell in row[self.width :]):
            raise PurchaseRefused(
                f"This line has {len(row)} cells, the first line has {self.width}.",
                remedy="Put a text that contains the separator in quotes.",
            )
        if any(len(cell) > _LONGEST_CELL for cell in row):
            raise PurchaseRefused(
                f"A cell is longer than {_LONGEST_CELL:,} characters.",
                remedy="Look for a quote that is opened and never closed.",
            )


def read_header(header: Sequence[str]) -> Columns:
    """Raises PurchaseRefused when what is needed is not there."""
    places: dict[str, int] = {}
    ignored: list[str] = []
    for place, heading in enumerate(header[:_MOST_COLUMNS]):
        meaning = _MEANING.get("".join(filter(str.isalnum, heading.lower())))
        if meaning and meaning not in places:
            places[meaning] = place
        elif heading.strip():
            ignored.append(heading.strip())
    missing = [said for name, said in _REQUIRED.items() if name not in places]
    if missing:
        seen = ", ".join(heading.strip() for heading in header if heading.strip())[:200]
        raise PurchaseRefused(
            f"The first line has no column called {' or '.join(missing)} (it has: {seen or 'nothing'}).",
            missing[0],
            "Name the columns in the first line, such as: order,first_name,email,item,delivered_at.",
        )
    return Columns(places, len(header), tuple(ignored))


def items_in(cell: str) -> list[str]:
    """Several items in one cell are parted by ; or |."""
    return [name.strip() for name in re.split(r"[;|]", cell) if name.strip()]


def _customer(cells: Mapping[str, str]) -> Mapping[str, str | None]:
    first, last = cells.get("first_name", ""), cells.get("last_name", "")
    if first and not last:
        first, _, last = first.partition(" ")
    return {
        "id": cells.get("customer_id"),
        "first_name": first,
        "last_name": last,
        "email": cells.get("email"),
        "language": cells.get("language"),
        "timezone": cells.get("timezone"),
    }


def _items(cells: Mapping[str, str], items: Sequence[str] | None) -> list[dict[str, str]]:
    names = list(items) if items is not None else items_in(cells.get("item", ""))
    sku = cells.get("sku")
    return (
        [{"name": names[0], "sku": sku}]
        if sku and len(names) == 1
        else [{"name": n} for n in names]
    )


def _amount(cell: str) -> str:
    """A number as people write it, "1.234,50 €" and "£1,234.50" included."""
    text = _THOUSANDS.sub("", cell).strip(" €$£¥\u00a0")
    if re.fullmatch(r"\d{1,3}(\.\d{3})*,\d{1,2}|\d+,\d{1,2}", text):
        return text.replace(".", "").replace(",", ".")
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        return text.replace(",", "")
    return text


def _date(cell: str) -> str:
    """20.11.2026 is read as well; what leaves open which is the month is not guessed at."""
    if found := _DOTTED.fullmatch(cell):
        day, month, year, clock = found.groups()
        return f"{year}-{month:0>2}-{day:0>2} {clock}".strip()
    return cell


def _yes_or_no(cell: str) -> bool | None:
    word = cell.lower()
    if not word:
        return None
    if word not in _YES | _NO:
        raise PurchaseRefused(f"gift can't be {cell[:20]!r}.", "gift", "Write yes or no.")
    return word in _YES

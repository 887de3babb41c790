"""Reads what is given when somebody plays or tests: the moment, the customer, the purchase, codes, the beginning."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import CustomerFacts, PurchaseFacts
from feedbackbot.engine.playing.props import (
    ADA,
    Beginning,
    Given,
    ready_purchase,
    usual,
    usual_beginning,
)
from feedbackbot.engine.reading.fields import Fields
from feedbackbot.engine.reading.phrases import did_you_mean
from feedbackbot.engine.reading.traps import as_number, is_nothing
from feedbackbot.engine.reading.tree import Scalar
from feedbackbot.engine.script import Script
from feedbackbot.engine.shop import Shop
from feedbackbot.engine.times.durations import find_duration
from feedbackbot.engine.times.zones import find_zone, zone_of
from feedbackbot.engine.translating.choosing import best_language, language_name

#: a Tuesday on which the packaged shop is open, in the shop's own time
_NOW: Final = datetime(2026, 11, 24, 10, 0)  # noqa: DTZ001 - the zone is the shop's
_FORMATS: Final = ("%Y-%m-%d %H:%M", "%Y-%m-%d")
_UNKNOWN: Final = frozenset(("none", "never", "unknown"))


def read_given(
    fields: Fields | None, script: Script, shop: Shop, *, now: datetime | None = None
) -> Given:
    """Everything has a default, so that only what matters needs to be named."""
    usual_now = now or _NOW.replace(tzinfo=zone_of(shop.timezone)).astimezone(UTC)
    if fields is None:
        return usual(script, usual_now)
    moment = (_moment(fields, "now", usual_now, shop) if "now" in fields else None) or usual_now
    given = Given(
        now=moment,
        customer=_customer(fields.table("customer"), script),
        purchase=read_purchase(fields.table("purchase"), script, shop, now=moment),
        codes=_codes(fields.table("codes")),
        begin=_beginning(fields, script),
    )
    fields.finish()
    return given


def read_purchase(
    fields: Fields | None, script: Script, shop: Shop, *, now: datetime
) -> PurchaseFacts:
    """The usual shoes, but for what is written."""
    bought = ready_purchase(script, now)
    if fields is None:
        return bought
    item, items = fields.word("item"), fields.words("items")
    bought = replace(
        bought,
        number=fields.word("number") or bought.number,
        items=items or ((item,) if item else bought.items),
        total=_number(fields, "total", usual=bought.total),
        currency=fields.word("currency") or bought.currency,
        gift=fields.switch("gift"),
        tags=fields.words("tags") or (),
    )
    for key in ("placed_at", "shipped_at", "delivered_at"):
        if fields.tree(key) is not None:
            bought = _dated(bought, key, _moment(fields, key, now, shop))
    fields.finish()
    return bought


def _beginning(fields: Fields, script: Script) -> Beginning:
    wanted = Beginning(fields.one_of("begin", tuple(Beginning), default=usual_beginning(script)))
    if wanted is Beginning.COMMAND and script.start.trigger.on != "command":
        fields.complain("begin", "E614", f"The script “{script.name}” waits for no command.")
    return wanted


def _dated(bought: PurchaseFacts, key: str, moment: datetime | None) -> PurchaseFacts:
    if key == "placed_at":
        return replace(bought, placed_at=moment)
    if key == "shipped_at":
        return replace(bought, shipped_at=moment)
    return replace(bought, delivered_at=moment)


def _customer(fields: Fields | None, script: Script) -> CustomerFacts:
    """Who is given a first name has no last name by chance."""
    if fields is None:
        return ADA
    named = "first_name" in fields or "last_name" in fields
    first_name, last_name = _known(fields, "first_name"), _known(fields, "last_name")
    timezone = fields.word("timezone")
    if timezone and find_zone(timezone) is None:
        fields.complain("timezone", "E611", f"There is no time zone “{timezone}”.")
        timezone = None
    purchases = fields.whole("purchases")
    customer = CustomerFacts(
        first_name=first_name if named else ADA.first_name,
        last_name=last_name if named else ADA.last_name,
        language=_language(fields, script),
        timezone=timezone,
        purchases=1 if purchases is None else purchases,
        last_cause=fields.word("last_cause"),
        tags=fields.words("tags") or (),
    )
    fields.finish()
    return customer


def _language(fields: Fields, script: Script) -> str | None:
    """A language that the script does not speak is fine: what is said then can be tried out, too."""
    language, spoken = fields.word("language"), (script.language, *script.translations)
    if language and best_language(language, spoken) is None and language_name(language) == language:
        hint = did_you_mean(language, spoken) or f"The script speaks: {', '.join(spoken)}."
        fields.complain("language", "E615", f"“{language}” is no language, such as es.", hint)
    return language


def _known(fields: Fields, key: str) -> str | None:
    word = fields.word(key)
    return None if word in _UNKNOWN else word


def _codes(fields: Fields | None) -> dict[str, tuple[str, ...]]:
    if fields is None:
        return {}
    codes = {pool: fields.words(pool) or () for pool in fields.keys()}  # noqa: SIM118
    fields.finish()
    return codes


def _number(fields: Fields, key: str, *, usual: float | None) -> float | None:
    tree = fields.tree(key)
    if tree is None:
        return usual
    found = as_number(tree.value) if isinstance(tree, Scalar) else None
    is_none = isinstance(tree, Scalar) and (is_nothing(tree.value) or tree.value in _UNKNOWN)
    if found is None and not is_none:
        fields.complain(key, "E612", f"“{key}” needs a number.", "Such as: total: 129.00")
    return found


def _moment(fields: Fields, key: str, now: datetime, shop: Shop) -> datetime | None:
    """So long ago, or a date in the shop's time zone; None for what has not happened."""
    word = fields.word(key)
    if not word or word in _UNKNOWN:
        return None
    ago = find_duration(word)
    if ago is not None:
        return now - ago
    for style in _FORMATS:
        try:
            local = datetime.strptime(word, style).replace(tzinfo=zone_of(shop.timezone))
        except ValueError:
            continue
        return local.astimezone(UTC)
    hint = 'Such as: 3d (so long ago), "2026-11-20", "2026-11-20 14:30", or none.'
    fields.complain(key, "E613", f"“{word}” is no moment.", hint)
    return None

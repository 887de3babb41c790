"""When the shop's people are there, by when they will have answered, and when the bot may begin by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Final

from feedbackbot.engine.shop import Shop
from feedbackbot.engine.times.moments import day_in_words, part_of_day, phrases
from feedbackbot.engine.times.zones import zone_of
from feedbackbot.engine.wording.locales import time_text

__all__ = ["add_business_time", "day_in_words", "is_open", "next_allowed", "reply_by"]

#: a shop that does not open for so long is described wrongly; people are then reckoned by the clock
_LONGEST_SEARCH: Final = 400


def is_open(shop: Shop, moment: datetime) -> bool:
    """A shop without opening hours is always open."""
    zone = zone_of(shop.timezone)
    hours = _hours_on(shop, moment.astimezone(zone).date(), zone)
    return not shop.hours or (hours is not None and hours[0] <= moment < hours[1])


def add_business_time(shop: Shop, start: datetime, amount: timedelta) -> datetime:
    """The moment at which `amount` of opening hours has passed; a whole day counts as one working day."""
    days, left = divmod(amount, timedelta(days=1))
    begin = _working_days_later(shop, start, days)
    if days and not left:
        return begin
    for opens, closes in _openings(shop, begin):
        from_here = max(opens, begin)
        if from_here + left <= closes:
            return from_here + left
        left -= max(timedelta(), closes - from_here)
    return start.astimezone(UTC) + amount


def reply_by(shop: Shop, due: datetime, *, now: datetime, language: str) -> str:
    """Such as "today before 15:00", "on Monday morning": what a customer is told, in the shop's time."""
    zone = zone_of(shop.timezone)
    local, today = due.astimezone(zone), now.astimezone(zone)
    words = phrases(language)
    if due <= now:
        return words.soon
    if local.date() == today.date():
        hour = _full_hour(shop, local, zone)
        return words.today_before.format(time=time_text(hour, language=language))
    day = day_in_words(due, now=now, timezone=shop.timezone, language=language)
    return part_of_day(local, day, today=today.date(), language=language)


def next_allowed(between: tuple[time, time] | None, moment: datetime, timezone: str) -> datetime:
    """`moment`, or the next first minute of the allowed hours; both ends are allowed."""
    if between is None:
        return moment
    first, last = between
    zone = zone_of(timezone)
    local = moment.astimezone(zone)
    if _is_between(local.time(), first, last):
        return moment
    day = local.date() if local.time() < first else local.date() + timedelta(days=1)
    return _at(day, first, zone)


def _working_days_later(shop: Shop, start: datetime, days: int) -> datetime:
    """The same time of day, as far as the shop is open then."""
    if not days:
        return start
    zone = zone_of(shop.timezone)
    openings = list(islice(_openings(shop, start), days + 1))
    if len(openings) <= days:
        return start + timedelta(days=days)
    begun = max(start, openings[0][0]).astimezone(zone)
    opens, closes = openings[days]
    same_time = _at(opens.astimezone(zone).date(), begun.time(), zone)
    return min(max(same_time, opens), closes)


def _openings(shop: Shop, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    zone = zone_of(shop.timezone)
    first = start.astimezone(zone).date()
    for days in range(_LONGEST_SEARCH if shop.hours else 0):
        hours = _hours_on(shop, first + timedelta(days=days), zone)
        if hours is not None and hours[1] > start:
            yield hours


def _hours_on(shop: Shop, day: date, zone: tzinfo) -> tuple[datetime, datetime] | None:
    hours = shop.hours.get(day.weekday())
    if hours is None or day in shop.holidays:
        return None
    return _at(day, hours[0], zone), _at(day, hours[1], zone)


def _at(day: date, clock: time, zone: tzinfo) -> datetime:
    """In UTC, where adding and comparing know nothing of summer time."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _is_between(clock: time, first: time, last: time) -> bool:
    minute = clock.replace(second=0, microsecond=0)
    if first <= last:
        return first <= minute <= last
    return minute >= first or minute <= last


def _full_hour(shop: Shop, local: datetime, zone: tzinfo) -> datetime:
    """The next full hour sounds like a promise; but none after closing time."""
    floor = local.replace(minute=0, second=0, microsecond=0)
    hour = floor if floor == local else floor + timedelta(hours=1)
    hours = _hours_on(shop, local.date(), zone)
    closes = hours[1].astimezone(zone) if hours else hour
    latest = min(hour, max(closes, local))
    return latest if latest.date() == local.date() else local

"""Opening hours, promises of a time, and when the bot may begin by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from feedbackbot.engine.shop import Shop
from feedbackbot.engine.times.opening import (
    add_business_time,
    day_in_words,
    is_open,
    next_allowed,
    reply_by,
)

WEEK = {day: (time(9), time(18)) for day in range(5)} | {5: (time(10), time(16))}
SHOP = Shop(
    name="Birch & Lane",
    legal_name="Birch & Lane Ltd",
    timezone="Europe/London",
    hours=WEEK,
    holidays=frozenset((date(2026, 12, 25),)),
)
ALWAYS = replace(SHOP, hours={})
DAYTIME = (time(9), time(20))


def at(text: str) -> datetime:
    """A moment of November 2026, such as "23 14:10"; London is on UTC then."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("23 08:59", False),
        ("23 09:00", True),
        ("23 18:00", False),
        ("28 15:59", True),
        ("29 12:00", False),
    ],
)
def test_the_shop_is_open_when_its_hours_say_so(moment: str, open_: bool) -> None:
    assert is_open(SHOP, at(moment)) is open_
    assert is_open(ALWAYS, at(moment))


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("23 14:10", timedelta(hours=1), "23 15:10"),
        ("23 17:30", timedelta(hours=1), "24 09:30"),
        ("23 17:00", timedelta(hours=1), "23 18:00"),
        ("27 17:30", timedelta(hours=1), "28 10:30"),
        ("28 15:45", timedelta(hours=1), "30 09:45"),
        ("29 12:00", timedelta(minutes=30), "30 09:30"),
        ("23 03:00", timedelta(0), "23 09:00"),
        ("23 14:10", timedelta(days=1), "24 14:10"),
        ("27 17:30", timedelta(days=1), "28 16:00"),
        ("26 23:00", timedelta(days=1), "28 10:00"),
        ("23 09:00", timedelta(hours=20), "25 11:00"),
    ],
)
def test_only_opening_hours_count(start: str, amount: timedelta, end: str) -> None:
    assert add_business_time(SHOP, at(start), amount) == at(end)


def test_holidays_and_summer_time_are_reckoned_with() -> None:
    eve = datetime(2026, 12, 24, 17, 30, tzinfo=UTC)
    before_summer = datetime(2027, 3, 27, 15, 30, tzinfo=UTC)

    assert add_business_time(SHOP, eve, timedelta(hours=1)) == datetime(
        2026, 12, 26, 10, 30, tzinfo=UTC
    )
    assert add_business_time(SHOP, before_summer, timedelta(hours=1)) == datetime(
        2027, 3, 29, 8, 30, tzinfo=UTC
    )


def test_a_shop_without_hours_is_reckoned_by_the_clock() -> None:
    assert add_business_time(ALWAYS, at("29 23:00"), timedelta(hours=2)) == at("30 01:00")


@pytest.mark.parametrize(
    ("now", "due", "said"),
    [
        ("23 14:10", "23 15:10", "today before 16:00"),
        ("23 14:10", "23 15:00", "today before 15:00"),
        ("23 17:10", "23 17:50", "today before 18:00"),
        ("23 17:30", "24 09:30", "tomorrow morning"),
        ("23 17:30", "24 14:30", "tomorrow afternoon"),
        ("28 15:45", "30 09:45", "on Monday morning"),
        ("20 15:45", "30 09:45", "on Monday, 30 November"),
        ("23 17:30", "23 17:00", "as soon as possible"),
    ],
)
def test_a_promise_is_said_as_people_say_it(now: str, due: str, said: str) -> None:
    assert reply_by(SHOP, at(due), now=at(now), language="en") == said


def test_a_promise_speaks_the_language_of_the_chat() -> None:
    monday = at("30 09:45")

    said = {
        language: reply_by(SHOP, monday, now=at("28 15:45"), language=language)
        for language in ("es", "de", "pt", "fr")
    }

    assert said == {
        "es": "el lunes por la mañana",
        "de": "am Montagvormittag",
        "pt": "segunda-feira de manhã",
        "fr": "on Monday morning",
    }


def test_days_are_named_where_the_customer_lives() -> None:
    now, late = at("23 12:00"), at("23 23:30")

    def said(moment: datetime, timezone: str = "Europe/London") -> str:
        return day_in_words(moment, now=now, timezone=timezone, language="en")

    assert said(late) == "today"
    assert said(late, "Europe/Berlin") == "tomorrow"
    assert said(at("27 12:00")) == "on Friday, 27 November"
    assert said(late, "No/Such_Zone") == "today"


@pytest.mark.parametrize(
    ("moment", "timezone", "allowed"),
    [
        ("23 12:00", "Europe/London", "23 12:00"),
        ("23 20:00", "Europe/London", "23 20:00"),
        ("23 20:01", "Europe/London", "24 09:00"),
        ("23 03:00", "Europe/London", "23 09:00"),
        ("23 09:00", "America/New_York", "23 14:00"),
        ("23 22:00", "Asia/Tokyo", "24 00:00"),
        ("23 12:00", "No/Such_Zone", "23 12:00"),
    ],
)
def test_the_bot_begins_only_at_friendly_hours(moment: str, timezone: str, allowed: str) -> None:
    assert next_allowed(DAYTIME, at(moment), timezone) == at(allowed)


def test_hours_may_go_past_midnight_or_not_exist() -> None:
    night = (time(20), time(2))

    assert next_allowed(night, at("23 23:00"), "Europe/London") == at("23 23:00")
    assert next_allowed(night, at("23 01:30"), "Europe/London") == at("23 01:30")
    assert next_allowed(night, at("23 12:00"), "Europe/London") == at("23 20:00")
    assert next_allowed(None, at("23 03:00"), "Europe/London") == at("23 03:00")

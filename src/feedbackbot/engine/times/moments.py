"""Days and parts of days in words, in the languages that the bot knows by itself; English for the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from feedbackbot.engine.times.zones import zone_of
from feedbackbot.engine.wording.locales import day_name, weekday_name

#: a weekday alone is clear for this long
_ONE_WEEK: Final = timedelta(days=6)
_NOON: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    today: str
    tomorrow: str
    #: around "Friday, 27 November"
    on_day: str
    soon: str
    today_before: str
    tomorrow_morning: str
    tomorrow_afternoon: str
    #: around "Monday"
    morning: str
    afternoon: str


_PHRASES: Final[Mapping[str, Phrases]] = {
    "en": Phrases(
        today="today",
        tomorrow="tomorrow",
        on_day="on {day}",
        soon="as soon as possible",
        today_before="today before {time}",
        tomorrow_morning="tomorrow morning",
        tomorrow_afternoon="tomorrow afternoon",
        morning="on {day} morning",
        afternoon="on {day} afternoon",
    ),
    "es": Phrases(
        today="hoy",
        tomorrow="mañana",
        on_day="el {day}",
        soon="lo antes posible",
        today_before="hoy antes de las {time}",
        tomorrow_morning="mañana por la mañana",
        tomorrow_afternoon="mañana por la tarde",
        morning="el {day} por la mañana",
        afternoon="el {day} por la tarde",
    ),
    "de": Phrases(
        today="heute",
        tomorrow="morgen",
        on_day="am {day}",
        soon="so bald wie möglich",
        today_before="heute vor {time} Uhr",
        tomorrow_morning="morgen Vormittag",
        tomorrow_afternoon="morgen Nachmittag",
        morning="am {day}vormittag",
        afternoon="am {day}nachmittag",
    ),
    "pt": Phrases(
        today="hoje",
        tomorrow="amanhã",
        on_day="{day}",
        soon="o mais breve possível",
        today_before="hoje antes das {time}",
        tomorrow_morning="amanhã de manhã",
        tomorrow_afternoon="amanhã à tarde",
        morning="{day} de manhã",
        afternoon="{day} à tarde",
    ),
    "ar": Phrases(
        today="اليوم",
        tomorrow="غدًا",
        on_day="يوم {day}",
        soon="في أقرب وقت ممكن",
        today_before="اليوم قبل الساعة {time}",
        tomorrow_morning="صباح الغد",
        tomorrow_afternoon="بعد ظهر الغد",
        morning="صباح يوم {day}",
        afternoon="بعد ظهر يوم {day}",
    ),
}


def phrases(language: str) -> Phrases:
    return _PHRASES.get(language[:2].lower(), _PHRASES["en"])


def day_in_words(moment: datetime, *, now: datetime, timezone: str, language: str) -> str:
    """Such as "today", "tomorrow", "on Friday, 27 November"."""
    zone = zone_of(timezone)
    day, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    words = phrases(language)
    if day == today:
        return words.today
    if day == today + timedelta(days=1):
        return words.tomorrow
    return words.on_day.format(day=day_name(day, language=_written(language)))


def part_of_day(local: datetime, day_words: str, *, today: date, language: str) -> str:
    """Such as "tomorrow morning", "on Monday afternoon"; further off, the day itself is enough."""
    words = phrases(language)
    is_morning = local.hour < _NOON
    day = local.date()
    if day == today + timedelta(days=1):
        return words.tomorrow_morning if is_morning else words.tomorrow_afternoon
    if day - today > _ONE_WEEK:
        return day_words
    name = weekday_name(day, language=_written(language))
    return (words.morning if is_morning else words.afternoon).format(day=name)


def _written(language: str) -> str:
    """No foreign weekday inside an English phrase."""
    return language if language[:2].lower() in _PHRASES else "en"

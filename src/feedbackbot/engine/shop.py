"""The shop as `conversations/_shop.yaml` describes it once for all scripts, and its opening hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """The person who is told when nobody has answered a customer."""

    name: str
    slack_user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    name: str
    legal_name: str
    timezone: str
    #: weekday (0 is Monday) -> opening and closing time, in the shop's time zone
    hours: Mapping[int, tuple[time, time]]
    holidays: frozenset[date] = frozenset()
    lead: Lead | None = None
    privacy_url: str = ""
    #: in words, as the customer reads it: "two years"
    retention: str = "two years"
    retention_days: int = 730
    colour: str = "#1f6f5c"
    logo: str | None = None
    website: str = ""
    #: route of a script (`to:`) -> Slack channel id or the name of a setting; support, marketing and ideas by default
    routes: Mapping[str, str] = field(default_factory=dict)

"""What a test of a script consists of: what is given, what everybody does, and what is expected of the bot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from feedbackbot.engine.chat import PurchaseFacts
from feedbackbot.engine.happenings import ReplyKind
from feedbackbot.engine.playing.props import Given
from feedbackbot.engine.script import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The next message of the bot; everything that is set must hold."""

    place: Place
    #: the whole text
    text: str | None = None
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    #: all labels, in order
    buttons: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyMessages:
    """Any number of the bot's messages, none among them."""

    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """Something that came to Slack since the last such turn."""

    place: Place
    channel: str | None = None
    contains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What is known under these names by now, as text; None for what is not."""

    place: Place
    values: Mapping[str, str | None]


class Notice(StrEnum):
    #: a line over the phone's screen, in answer to a tap
    TOAST = "toast"
    #: the bot's reaction on a message of the customer
    REACTION = "reaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """Something that came since the last such turn."""

    place: Place
    kind: Notice
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """All buttons that can be tapped now, in the whole chat."""

    place: Place
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """How the card in Slack stands now: status, owner, put_right."""

    place: Place
    facts: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    place: Place
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    place: Place
    label: str
    #: it is no longer to be seen, but the phone had not noticed
    old: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    place: Place
    kind: ReplyKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The link of a purchase; the first one's where none is named."""

    place: Place
    purchase: PurchaseFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    place: Place
    amount: timedelta
    #: as it was written
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffActed:
    """claim, release, reply, typing, resolve or reopen."""

    place: Place
    act: str
    #: None: whoever owns it
    name: str | None = None
    text: str = ""
    cause: str = "quality"
    outcome: str = "replaced"
    check: timedelta = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingActed:
    """publish or edit."""

    place: Place
    act: str
    text: str = ""


Expected: TypeAlias = Bot | AnyMessages | Slack | Saved | Noticed | Visible | Card | Ended
Act: TypeAlias = Tapped | Sent | Opened | Waited | StaffActed | MarketingActed
Turn: TypeAlias = Expected | Act


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTest:
    script: str
    name: str
    place: Place
    given: Given
    turns: tuple[Turn, ...]

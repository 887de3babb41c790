"""What a script is once it has been read: frozen values, with the place in the file where each stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TypeAlias

from feedbackbot.engine.parts import (
    Clock,
    LinkButton,
    Medium,
    Place,
    QuestionType,
    Remind,
    Retry,
    Route,
    Timeout,
    Validate,
)
from feedbackbot.engine.shop import Shop

#: told apart in `parts`, and read from here
__all__ = [
    "Clock",
    "LinkButton",
    "Medium",
    "Place",
    "QuestionType",
    "Remind",
    "Retry",
    "Route",
    "Timeout",
    "Validate",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    id: str
    place: Place
    say: str
    next: tuple[Route, ...]
    photo: str | None = None
    buttons: tuple[LinkButton, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    id: str
    place: Place
    ask: str
    type: QuestionType
    next: tuple[Route, ...]
    timeout: Timeout
    #: key -> label, in the order of the buttons; for choice and choices
    choices: Mapping[str, str] = field(default_factory=dict)
    #: the name under which the answer is known to texts and conditions
    save: str | None = None
    #: csat, nps, ces, gap, recovered …: which measure this answer counts for
    metric: str | None = None
    accept: tuple[Medium, ...] = (Medium.TEXT,)
    optional: bool = False
    retry: Retry = field(default_factory=lambda: Retry(times=2, say=None, then=None))
    remind: Remind | None = None
    validate: Validate | None = None
    #: shortcuts under a text question: the label is sent as if it had been typed
    buttons: tuple[str, ...] = ()

    @property
    def is_recovery(self) -> bool:
        """Whether this asks if a wrong was put right."""
        return "recovered" in (self.metric, self.save)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    id: str
    place: Place
    next: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNames:
    id: str
    place: Place
    #: name -> template or plain value
    values: Mapping[str, str | int | float | bool | None]
    tags: tuple[str, ...]
    next: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    id: str
    place: Place
    next: tuple[Route, ...]
    #: exactly one of the three is set
    duration: timedelta | None = None
    until_time: time | None = None
    #: a dotted name that holds a moment, such as escalation.check_on
    until_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    id: str
    place: Place
    to: str
    priority: str
    summary: str
    next: tuple[Route, ...]
    say: str | None = None
    #: in business hours of the shop
    first_reply: timedelta | None = None
    claimed: str | None = None
    unclaimed: Clock | None = None
    nobody: Clock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    id: str
    place: Place
    to: str
    text: str
    next: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestimonialStep:
    id: str
    place: Place
    ask: str
    next: tuple[Route, ...]
    timeout: Timeout
    reuse: str | None = None
    accept: tuple[Medium, ...] = (Medium.TEXT,)
    uses: tuple[str, ...] = ("website",)
    credit: tuple[str, ...] = ("first_name", "anonymous")
    consent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    id: str
    place: Place
    pool: str
    #: in words of its own; empty: those of `_common.yaml`
    say: str
    next: tuple[Route, ...]
    #: what everybody gets when the pool is empty
    fallback: str | None = None
    #: that nothing is expected in return; by default the sentence of `_common.yaml`
    disclosure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLink:
    id: str
    place: Place
    url: str
    say: str
    next: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    id: str
    place: Place
    script: str
    next: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    id: str
    place: Place
    outcome: str
    say: str | None = None


Step: TypeAlias = (
    Say
    | Ask
    | Branch
    | SetNames
    | Wait
    | Escalate
    | Tell
    | TestimonialStep
    | Reward
    | ReviewLink
    | Call
    | End
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """`on` happened, then `after` passed."""

    #: purchase.placed | purchase.shipped | purchase.delivered | escalation.resolved | command | manual
    on: str
    after: timedelta
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    trigger: Trigger
    otherwise: Trigger | None = None
    #: first and last minute of the day at which the bot may begin by itself, in the customer's time zone
    between: tuple[time, time] | None = None
    not_after: timedelta | None = None
    condition: str | None = None
    #: purchase | customer
    once_per: str = "purchase"
    cooldown: timedelta = timedelta(0)
    #: queue | skip
    if_busy: str = "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    condition: str | None
    #: exactly one of the two is set; the value is a kind of step (escalate, testimonial …)
    must: str | None = None
    never: str | None = None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    name: str
    language: str
    about: str
    start: Start
    expire: timedelta
    max_questions: int | None
    promises: tuple[Promise, ...]
    #: id -> step, in the order of the file; the first is where a conversation begins
    steps: Mapping[str, Step]
    #: SHA-256 of the canonical content, common texts, called scripts and translations included
    version: str
    #: language -> the same script in it
    translations: Mapping[str, Script] = field(default_factory=dict)

    @property
    def first(self) -> str:
        return next(iter(self.steps))

    @property
    def saved_names(self) -> frozenset[str]:
        """Every name that an answer or a `set` of this script may fill; none until then."""
        names: set[str] = set()
        for step in self.steps.values():
            if isinstance(step, Ask) and step.save:
                names.add(step.save)
            elif isinstance(step, SetNames):
                names.update(step.values)
        return frozenset(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The built-in sentences of `_common.yaml`, by dotted key such as `stop.with_open_case.say`."""

    language: str
    texts: Mapping[str, str]
    #: dotted key of a question -> button id -> label, in order
    buttons: Mapping[str, Mapping[str, str]]
    #: whole messages that mean /stop, thanks or a wish for a person, lower case
    stop_words: frozenset[str]
    thanks_words: frozenset[str]
    human_words: frozenset[str]
    #: sentences that are not said as long as the folder has no words for them
    unsaid: frozenset[str] = frozenset()
    #: language -> the same sentences in it
    translations: Mapping[str, Common] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Everything a folder of conversations says."""

    scripts: Mapping[str, Script]
    common: Common
    shop: Shop
    #: file -> text as it was read, so that a version can be kept and loaded again
    sources: Mapping[str, str] = field(default_factory=dict)

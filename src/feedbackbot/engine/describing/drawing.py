"""A script as boxes and arrows: what is said where, and what leads where under which condition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from feedbackbot.engine.script import (
    Ask,
    Branch,
    Call,
    End,
    Escalate,
    Route,
    Script,
    SetNames,
    Step,
    Tell,
    TestimonialStep,
    Trigger,
    Wait,
)
from feedbackbot.engine.step_kinds import KIND_OF

#: more of a text is not needed to recognise it
_LONGEST: Final = 70
#: no step can be called so
START: Final = "start"
#: {{ customer.first_name or 'there' }} is shown as ‹customer.first_name›
_NAMES: Final = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}")
#: {% if … %} decides what is said, and is not said itself
_TAGS: Final = re.compile(r"\{%.*?%\}")
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    id: str
    #: ask, say, … or start
    kind: str
    #: the id, and what is said
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    source: str
    target: str
    label: str
    #: taken when the customer is silent or is not understood
    is_silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def drawing_of(script: Script) -> Drawing:
    begin = Box(id=START, kind=START, lines=_beginning(script))
    steps = tuple(script.steps.values())
    first = Arrow(source=START, target=script.first, label="")
    return Drawing(
        boxes=(begin, *(_box(step) for step in steps)),
        arrows=(first, *(arrow for step in steps for arrow in _arrows(step))),
    )


def _beginning(script: Script) -> tuple[str, ...]:
    occasions = (script.start.trigger, script.start.otherwise)
    told = " or ".join(_occasion(trigger) for trigger in occasions if trigger)
    only = (f"if {script.start.condition}",) if script.start.condition else ()
    return (script.name, told, *only)


def _occasion(trigger: Trigger) -> str:
    what = f"/{trigger.command}" if trigger.command else trigger.on
    return f"{what}, {_in_short(trigger.after)} later" if trigger.after else what


def _box(step: Step) -> Box:
    said = _said(step)
    return Box(id=step.id, kind=KIND_OF[type(step)], lines=(step.id, *((said,) if said else ())))


def _said(step: Step) -> str:
    match step:
        case Ask() | TestimonialStep():
            said = step.ask
        case SetNames():
            said = ", ".join((*step.values, *(f"#{tag}" for tag in step.tags)))
        case Wait():
            said = _waiting(step)
        case Escalate():
            said = f"to {step.to}, {step.priority}"
        case Tell():
            said = f"to {step.to}"
        case Branch():
            said = ""
        case Call():
            said = step.script
        case End():
            said = step.outcome
        case _:
            said = step.say
    return _shortened(said)


def _waiting(step: Wait) -> str:
    if step.duration is not None:
        return _in_short(step.duration)
    return f"until {step.until_time:%H:%M}" if step.until_time else f"until {step.until_name}"


def _arrows(step: Step) -> Iterator[Arrow]:
    if isinstance(step, End):
        return
    for route in step.next:
        label = _condition(route, alone=len(step.next) == 1)
        yield Arrow(source=step.id, target=route.goto, label=label)
    if isinstance(step, Ask) and step.retry.then:
        said = "not understood"
        yield Arrow(source=step.id, target=step.retry.then, label=said, is_silent=True)
    if isinstance(step, (Ask, TestimonialStep)):
        silent = f"silent for {_in_short(step.timeout.after)}"
        yield Arrow(source=step.id, target=step.timeout.goto, label=silent, is_silent=True)


def _condition(route: Route, *, alone: bool) -> str:
    if route.condition is None:
        return "" if alone else "else"
    return _shortened(route.condition)


def _shortened(text: str) -> str:
    flat = " ".join(_NAMES.sub(r"‹\1›", _TAGS.sub("", text)).split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1].rstrip()}…"


def _in_short(amount: timedelta) -> str:
    left = int(amount.total_seconds())
    parts = []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"

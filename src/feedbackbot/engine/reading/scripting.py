"""Reads one script file: its head, its promises and its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from feedbackbot.engine.reading.asking import WORD, check_name, read_timeout
from feedbackbot.engine.reading.fields import Fields, Notes, items_of, word_of
from feedbackbot.engine.reading.names import BEFORE, RESERVED_STEPS
from feedbackbot.engine.reading.steps import KINDS, Head, read_step
from feedbackbot.engine.reading.tree import Listing, Scalar, Table, Tree
from feedbackbot.engine.script import Promise, Script, SetNames, Start, Step, Timeout, Trigger
from feedbackbot.engine.times.durations import find_time
from feedbackbot.engine.wording import names_in_condition

_SPEC: Final = 1
#: what a shop tells of a purchase
OF_PURCHASES: Final = ("purchase.placed", "purchase.shipped", "purchase.delivered")
TRIGGERS: Final = (
    *OF_PURCHASES,
    "escalation.resolved",
    "command",
    "manual",
)
#: these are always there and can't start a script
BUILT_IN: Final = frozenset(
    ("start", "stop", "help", "human", "privacy", "mydata", "withdraw", "forget")
)
_DEFAULT_EXPIRE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A script as far as it could be read, and what was noticed on the way."""

    script: Script
    notes: Notes


def read_script(
    name: str, tree: Tree, notes: Notes, *, known: Mapping[int, Step] | None = None
) -> Draft:
    """`name` is the file's; a script without a version, which depends on other files too.

    `known` are steps that were read before, as `steps_by_tree` gives them; nothing is noted of them again.
    """
    fields = Fields(tree, notes, what="The script")
    _check_head(fields, name)
    timeout = read_timeout(fields)
    script = Script(
        name=name,
        language=fields.word("language") or "en",
        about=fields.word("about") or "",
        start=_start(fields),
        expire=fields.duration("expire") or _DEFAULT_EXPIRE,
        max_questions=fields.whole("max_questions", lowest=1),
        promises=_promises(fields),
        steps=_steps(fields, timeout, known or {}),
        version="",
    )
    fields.finish()
    return Draft(script=script, notes=notes)


def steps_by_tree(tree: Tree, script: Script) -> dict[int, Step]:
    """By the `id()` of what each was read from."""
    entries = tree.entries if isinstance(tree, Table) else ()
    steps = next((value for key, value in entries if key.value == "steps"), None)
    items = steps.items if isinstance(steps, Listing) else ()
    found = {step.place: step for step in script.steps.values()}
    return {id(item): found[item.place] for item in items if item.place in found}


def _check_head(fields: Fields, name: str) -> None:
    said = fields.need_word("script")
    if said and said != name:
        fields.complain("script", "E411", f"This file is “{name}”, but the script “{said}”.")
    check_name(fields, "script", name)
    if fields.whole("spec", lowest=1) not in (None, _SPEC):
        fields.complain("spec", "E412", f"Only spec {_SPEC} of the language is known.")


def _start(fields: Fields) -> Start:
    inner = fields.table("start")
    if inner is None:
        fields.miss("start", hint="Such as: start: {on: manual}")
        return Start(trigger=Trigger(on="manual", after=timedelta()))
    otherwise = inner.table("otherwise")
    start = Start(
        trigger=_trigger(inner),
        otherwise=_otherwise(otherwise) if otherwise else None,
        between=_between(inner),
        not_after=inner.duration("not_after"),
        condition=_start_condition(inner),
        once_per=inner.one_of("once_per", ("purchase", "customer"), default="purchase"),
        cooldown=inner.duration("cooldown") or timedelta(),
        if_busy=inner.one_of("if_busy", ("queue", "skip"), default="queue"),
    )
    inner.finish()
    if otherwise:
        otherwise.finish()
    return start


def _trigger(fields: Fields) -> Trigger:
    fields.need_word("on")
    on = fields.one_of("on", TRIGGERS, default="manual")
    command = fields.word("command")
    if on == "command":
        _check_command(fields, command)
    elif "command" in fields:
        hint = "Write on: command, or leave it out."
        fields.complain("command", "E413", "A “command” counts only with on: command.", hint)
    return Trigger(on=on, after=fields.duration("after") or timedelta(), command=command)


def _check_command(fields: Fields, command: str | None) -> None:
    hint = "Such as: start: {on: command, command: feedback}"
    if command in BUILT_IN:
        message = f"/{command} has a meaning already; choose another word."
        fields.complain("command", "E413", message, hint)
    elif not command or not WORD.fullmatch(command):
        fields.complain("command", "E413", "A command of its own is needed here.", hint)


def _otherwise(fields: Fields) -> Trigger:
    """What helps where no news of the other kind comes: only purchases have several."""
    fields.need_word("on")
    on = fields.one_of("on", OF_PURCHASES, default=OF_PURCHASES[0])
    return Trigger(on=on, after=fields.duration("after") or timedelta())


def _start_condition(fields: Fields) -> str | None:
    """Nothing has been answered yet when this is asked."""
    condition = fields.condition("if")
    for name in sorted(names_in_condition(condition)) if condition else ():
        if name.split(".")[0] not in BEFORE:
            message = f"“{name}” is not known before the conversation begins."
            fields.complain("if", "E311", message, f"Known are: {', '.join(sorted(BEFORE))}.")
    return condition


def _between(fields: Fields) -> tuple[time, time] | None:
    tree = fields.tree("between")
    if tree is None:
        return None
    hint = 'Such as: between: ["09:00", "20:00"]'
    words = [word_of(item, fields.notes) for item in items_of(tree, fields.notes, such_as=hint)]
    times = [find_time(word) for word in words]
    first, last = times if len(times) == 2 else (None, None)
    if not words:
        return None
    if first is None or last is None or first == last:
        fields.complain("between", "E224", "Two times of day are needed here.", hint)
        return None
    return first, last


def _promises(fields: Fields) -> tuple[Promise, ...]:
    tree = fields.tree("promises")
    such_as = "Such as: - {if: score <= 2, must: escalate}"
    items = items_of(tree, fields.notes, such_as=such_as) if tree is not None else ()
    return tuple(_promise(item, fields.notes) for item in items)


def _promise(tree: Tree, notes: Notes) -> Promise:
    line = Fields(tree, notes, what="This promise")
    kinds = tuple(KINDS)
    must = line.one_of("must", kinds) or None if "must" in line else None
    never = line.one_of("never", kinds) or None if "never" in line else None
    if isinstance(tree, Table) and ("must" in line) == ("never" in line):
        notes.complain(tree.place, "E414", "A promise says either “must” or “never”.")
    promise = Promise(condition=line.condition("if"), must=must, never=never, place=tree.place)
    line.finish()
    return promise


def _steps(fields: Fields, timeout: Timeout | None, known: Mapping[int, Step]) -> dict[str, Step]:
    tree = fields.tree("steps")
    such_as = "Each step begins with a dash: - id: rate"
    items = items_of(tree, fields.notes, such_as=such_as) if tree is not None else ()
    if not items and not isinstance(tree, Scalar | Table):
        fields.miss("steps")
    steps: dict[str, Step] = {}
    for item in items:
        step = known.get(id(item)) or _step(item, fields.notes, timeout, steps)
        if step is not None and step.id not in steps:
            steps[step.id] = step
    return steps


def _step(
    tree: Tree, notes: Notes, timeout: Timeout | None, before: Mapping[str, Step]
) -> Step | None:
    fields = Fields(tree, notes, what="This step")
    name = fields.need_word("id")
    if name:
        fields.what = f"The step “{name}”"
        _check_id(fields, name, before)
    step = read_step(fields, Head(id=name, place=fields.place, timeout=timeout))
    if isinstance(step, SetNames):
        for key in step.values:
            check_name(fields, "set", key)
    return step


def _check_id(fields: Fields, name: str, before: Mapping[str, Step]) -> None:
    if not WORD.fullmatch(name):
        hint = "Small letters, digits and _, beginning with a letter."
        fields.complain("id", "E216", f"“{name}” can't be the name of a step.", hint)
    elif name in RESERVED_STEPS:
        fields.complain("id", "E415", f"“{name}” has a meaning already; choose another name.")
    elif name in before:
        first = before[name].place.line
        fields.complain("id", "E416", f"There is a step “{name}” already, in line {first}.")

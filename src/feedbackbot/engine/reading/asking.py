"""Reads the `ask` steps of a script file: type, choices, and what happens when no answer comes."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import Final

from feedbackbot.engine.reading.fields import Fields, items_of, label_of
from feedbackbot.engine.reading.names import RESERVED_SAVES
from feedbackbot.engine.reading.patterns import is_costly
from feedbackbot.engine.reading.routes import routes_of
from feedbackbot.engine.reading.tree import Broken, Scalar, Table
from feedbackbot.engine.script import (
    Ask,
    Medium,
    Place,
    QuestionType,
    Remind,
    Retry,
    Timeout,
    Validate,
)

WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: what fits beside the rest in the 64 bytes of a button's data
_KEY: Final = re.compile(r"-?[A-Za-z0-9_][A-Za-z0-9_-]{0,29}")
_MOST_CHOICES: Final = 20
_MOST_TRIES: Final = 5
_LABELLED: Final = {
    QuestionType.YESNO: ("yes", "no"),
    QuestionType.GAP: ("-2", "-1", "0", "1", "2"),
}


def ask_step(fields: Fields, step: str, place: Place, *, default_timeout: Timeout | None) -> Ask:
    kind = QuestionType(fields.one_of("type", tuple(QuestionType), default="text"))
    accept = fields.some_of("accept", medium_names(), default=("text",))
    return Ask(
        id=step,
        place=place,
        ask=fields.need_text("ask"),
        type=kind,
        next=routes_of(fields, "next"),
        timeout=timeout_of(fields, default_timeout, what=fields.what),
        choices=_choices(fields, kind),
        save=_save(fields),
        metric=_metric(fields),
        accept=tuple(Medium(name) for name in accept),
        optional=fields.switch("optional"),
        retry=_retry(fields),
        remind=_remind(fields),
        validate=_validate(fields),
        buttons=_shortcuts(fields, kind),
    )


@cache
def medium_names() -> tuple[str, ...]:
    return tuple(medium.value for medium in Medium)


def timeout_of(fields: Fields, default: Timeout | None, *, what: str) -> Timeout:
    """The question's own, else the script's; without either it could wait for ever."""
    own = read_timeout(fields)
    if own is not None:
        return own
    if default is None and "timeout" not in fields:
        hint = "Add one here, or for the whole script: timeout: {after: 3d, goto: …}"
        fields.notes.complain(fields.place, "E406", f"{what} has no time-out.", hint)
    return default or Timeout(after=timedelta(), goto="")


def read_timeout(fields: Fields) -> Timeout | None:
    inner = fields.table("timeout")
    if inner is None:
        return None
    timeout = Timeout(after=inner.need_duration("after"), goto=inner.need_word("goto"))
    inner.aim("goto", timeout.goto)
    inner.finish()
    return timeout


def check_name(fields: Fields, key: str, name: str) -> None:
    if not WORD.fullmatch(name):
        hint = "Small letters, digits and _, beginning with a letter."
        fields.complain(key, "E216", f"“{name}” can't be a name.", hint)
    elif name in RESERVED_SAVES:
        fields.complain(key, "E217", f"“{name}” has a meaning already; choose another name.")


def _save(fields: Fields) -> str | None:
    name = fields.word("save")
    if name:
        check_name(fields, "save", name)
    return name


def _metric(fields: Fields) -> str | None:
    metric = fields.word("metric")
    if metric and not WORD.fullmatch(metric):
        fields.complain("metric", "E216", f"“{metric}” can't be the name of a metric.")
    return metric


def _choices(fields: Fields, kind: QuestionType) -> dict[str, str]:
    tree = fields.tree("choices")
    needed = kind in (QuestionType.CHOICE, QuestionType.CHOICES)
    if tree is None:
        if needed:
            message = f"{fields.what} needs “choices”."
            fields.notes.complain(
                fields.place, "E202", message, 'Such as: {good: "Good", bad: "Bad"}'
            )
        return {}
    if not isinstance(tree, Table):
        if not isinstance(tree, Broken):
            fields.complain("choices", "E218", 'Choices look like {good: "Good", bad: "Bad"}.')
        return {}
    _check_number_of(tree, fields, needed=needed)
    for key, _ in tree.entries:
        _check_key(key, fields, kind)
    labels = {key.value: label_of(label, fields.notes) for key, label in tree.entries}
    if len({label.casefold() for label in labels.values()}) < len(labels):
        fields.complain("choices", "E219", "Two buttons bear the same text.")
    return labels


def _check_number_of(tree: Table, fields: Fields, *, needed: bool) -> None:
    if needed and not 2 <= len(tree.entries) <= _MOST_CHOICES:
        message = f"A choice is between 2 and {_MOST_CHOICES} buttons."
        fields.complain("choices", "E220", message)


def _check_key(key: Scalar, fields: Fields, kind: QuestionType) -> None:
    fixed = _LABELLED.get(kind)
    if fixed is not None and key.value not in fixed:
        message = f"“{key.value}” is no answer of this type; there are {', '.join(fixed)}."
        fields.notes.complain(key.place, "E221", message)
    elif fixed is None and not _KEY.fullmatch(key.value):
        message = f"“{key.value}” can't be the key of a choice."
        fields.notes.complain(key.place, "E216", message, "At most 30 letters, digits, - and _.")
    elif fixed is None and key.plain and key.value.isdigit():
        message = f"The key {key.value} looks like a number, but is a text in conditions."
        fields.notes.complain(key.place, "E204", message, "Use a word as the key.")


def _shortcuts(fields: Fields, kind: QuestionType) -> tuple[str, ...]:
    tree = fields.tree("buttons")
    if tree is None:
        return ()
    if kind is not QuestionType.TEXT:
        fields.complain("buttons", "E222", "Only a text question has shortcuts as `buttons`.")
    return tuple(label_of(item, fields.notes) for item in items_of(tree, fields.notes))


def _retry(fields: Fields) -> Retry:
    inner = fields.table("retry")
    if inner is None:
        return Retry(times=2, say=None, then=None)
    times = inner.whole("times", highest=_MOST_TRIES)
    retry = Retry(
        times=2 if times is None else times, say=inner.text("say"), then=inner.word("then")
    )
    inner.aim("then", retry.then)
    inner.finish()
    return retry


def _remind(fields: Fields) -> Remind | None:
    inner = fields.table("remind")
    if inner is None:
        return None
    times = inner.whole("times", lowest=1, highest=3)
    after = inner.need_duration("after")
    remind = Remind(after=after, times=1 if times is None else times, say=inner.need_text("say"))
    inner.finish()
    return remind


def _validate(fields: Fields) -> Validate | None:
    inner = fields.table("validate")
    if inner is None:
        return None
    matches = inner.need_word("matches")
    if is_costly(matches):
        inner.complain("matches", "E223", "This pattern could take for ever; write a simpler one.")
    else:
        _check_pattern(inner, matches)
    validate = Validate(matches=matches, say=inner.need_text("say"))
    inner.finish()
    return validate


def _check_pattern(fields: Fields, pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        fields.complain("matches", "E223", f"This is not a pattern: {error}.")

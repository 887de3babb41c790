"""The `ask` step and what may stand around a question, as JSON Schema."""

from __future__ import annotations

from typing import Final

from feedbackbot.engine.describing.values import (
    KEY,
    Schema,
    condition,
    duration,
    label,
    list_of,
    name,
    one_of,
    switch,
    table,
    table_of,
    text,
    whole,
    word,
)
from feedbackbot.engine.reading.asking import medium_names
from feedbackbot.engine.reading.names import RESERVED_SAVES
from feedbackbot.engine.script import QuestionType

_TYPES: Final = (
    "What kind of answer is wanted; text where nothing is said. rating: 1 to 5 stars. nps: 0 to 10, "
    "how likely to recommend. ces: 1 to 7, how easy. gap: much worse to much better than expected. "
    "choice: one of several buttons. choices: any number of several buttons. yesno: Yes or No. "
    "text: free words. number, email, contact (a phone number): checked for you."
)


def question() -> dict[str, Schema]:
    """Every key that a question may have besides those of any step."""
    return {
        "ask": text("The question, as the customer reads it. {{ names }} are filled in."),
        "type": one_of(QuestionType, _TYPES),
        "choices": table_of(
            label("What stands on the button; at most 40 characters."),
            'The buttons, as key: label, such as {good: "Good", bad: "Bad"}. Conditions use the key.',
        ),
        "save": own_name("The name under which texts and conditions know the answer."),
        "metric": name("Which figure this answer counts for: csat, nps, ces, gap, recovered …"),
        "accept": media(),
        "optional": switch("true adds a button that skips the question."),
        "retry": retry(),
        "remind": remind(),
        "validate": validate(),
        "buttons": list_of(
            label("Sent as if it had been typed; at most 40 characters."),
            "A few shortcuts under a text question.",
        ),
        "timeout": timeout("What happens when no answer comes; else the script's own holds."),
        "next": routes("Where it goes on: a step, or a list of conditions that ends in else."),
    }


def by_type() -> list[Schema]:
    """What depends on the type of the question."""
    several: Schema = {"minProperties": 2, "maxProperties": 20}
    return [
        _where("type", ("choice", "choices"), {"required": ["choices"], **_choices(several)}),
        _where("type", ("yesno",), _choices(_only("yes", "no"))),
        _where("type", ("gap",), _choices(_only("-2", "-1", "0", "1", "2"))),
        {
            "if": {"properties": {"type": {"enum": ["yesno", "gap"]}}, "required": ["type"]},
            "else": _choices({"propertyNames": {"pattern": KEY}}),
        },
        {
            "if": {"required": ["buttons"]},
            "then": {"properties": {"type": {"enum": ["text"]}}},
        },
    ]


def routes(says: str) -> Schema:
    """A step, or lines of conditions of which the last is `else`."""
    return {
        "description": says,
        "type": ["string", "number", "boolean", "array"],
        "items": {
            "if": {"required": ["else"]},
            "then": table("Otherwise.", {"else": word("The step that follows otherwise.")}),
            "else": table(
                "A condition, and the step that follows where it holds.",
                {
                    "if": condition("When this holds."),
                    "goto": word("The id of the step that follows."),
                },
                needs=("if", "goto"),
            ),
            "properties": {
                "if": condition("When this holds."),
                "goto": word("The id of the step that follows."),
                "else": word("The step that follows otherwise; the last line."),
            },
        },
    }


def timeout(says: str) -> Schema:
    fields = {
        "after": duration("How long to wait for an answer."),
        "goto": word("The id of the step that follows; best a quiet end."),
    }
    return table(says, fields, needs=("after", "goto"))


def retry() -> Schema:
    fields = {
        "times": whole("How often to ask again; 2 where nothing is said.", highest=5),
        "say": text("What to say then."),
        "then": word("The step that follows when it still wasn't understood."),
    }
    return table("What happens when a reply is not understood.", fields)


def remind() -> Schema:
    fields = {
        "after": duration("How long after the question."),
        "times": whole("How often; once where nothing is said.", lowest=1, highest=3),
        "say": text("The reminder."),
    }
    return table("A reminder for whoever has not answered.", fields, needs=("after", "say"))


def validate() -> Schema:
    fields = {
        "matches": word("A pattern (regular expression) that must match somewhere in the answer."),
        "say": text("What to say where it does not."),
    }
    return table("A further check of what was typed.", fields, needs=("matches", "say"))


def media() -> Schema:
    return list_of(
        one_of(medium_names(), "A kind of message."),
        "What may be sent as an answer; text alone where nothing is said.",
    )


def own_name(says: str) -> Schema:
    """A name that texts and conditions will use, so none that has a meaning already."""
    return {**name(says), "type": "string", "not": {"enum": sorted(RESERVED_SAVES)}}


def _where(key: str, values: tuple[str, ...], then: Schema) -> Schema:
    found = {"properties": {key: {"enum": list(values)}}, "required": [key]}
    return {"if": found, "then": then}


def _choices(shape: Schema) -> Schema:
    return {"properties": {"choices": shape}}


def _only(*keys: str) -> Schema:
    return {"propertyNames": {"enum": list(keys)}}

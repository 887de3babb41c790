"""A whole script file as JSON Schema: its head, its promises and its steps."""

from __future__ import annotations

from typing import Final

from feedbackbot.engine.describing.asking import own_name, timeout
from feedbackbot.engine.describing.steps import step
from feedbackbot.engine.describing.values import (
    Schema,
    condition,
    duration,
    list_of,
    name,
    one_of,
    table,
    time_of_day,
    whole,
    word,
)
from feedbackbot.engine.reading.scripting import BUILT_IN, OF_PURCHASES, TRIGGERS
from feedbackbot.engine.reading.steps import KINDS

_BETWEEN: Final = 'The hours in which the bot may begin by itself, such as ["09:00", "20:00"].'


def script_schema() -> Schema:
    fields = {
        "script": own_name("The name of the script; the same as the file's, without .yaml."),
        "spec": {"const": 1, "description": "The version of this language: 1."},
        "language": word("The language of the texts in this file, such as en."),
        "about": word("One sentence for your colleagues: what this script is for."),
        "start": _start(),
        "expire": duration("How long a conversation may last; 30d where nothing is said."),
        "max_questions": whole("No customer is asked more questions than this.", lowest=1),
        "timeout": timeout("What happens when a question is not answered; holds for all of them."),
        "promises": list_of(_promise(), "What `feedbackbot check` proves over every path."),
        "steps": {
            **list_of(step(), "What happens, step by step; the first begins."),
            "minItems": 1,
        },
    }
    return table(
        "A conversation with a customer.",
        fields,
        needs=("script", "start", "steps"),
        **_every_question_needs_a_timeout(),
    )


def _start() -> Schema:
    trigger = _trigger()
    news = {"on": one_of(OF_PURCHASES, "What happens instead."), "after": trigger["after"]}
    fields = {
        **trigger,
        "otherwise": table("When that never happens: another occasion.", news, needs=("on",)),
        "between": {
            **list_of(time_of_day("A time of day."), _BETWEEN),
            "minItems": 2,
            "maxItems": 2,
        },
        "not_after": duration("Later than this, nobody is asked any more."),
        "if": condition("Who is to be asked: customer, purchase and shop are known."),
        "once_per": one_of(("purchase", "customer"), "How often; purchase where nothing is said."),
        "cooldown": duration("How long a customer is left in peace between two scripts."),
        "if_busy": one_of(
            ("queue", "skip"), "While another conversation runs: wait for its end, or don't ask."
        ),
    }
    return table(
        "When the conversation begins, and with whom.",
        fields,
        needs=("on",),
        **_command_where_it_is_needed(),
    )


def _trigger() -> dict[str, Schema]:
    return {
        "on": one_of(TRIGGERS, "What it begins with."),
        "after": duration("How long after that; at once where nothing is said."),
        "command": word("With on: command, what the customer sends; feedback means /feedback."),
    }


def _command_where_it_is_needed() -> Schema:
    own = {**name("What the customer sends."), "not": {"enum": sorted(BUILT_IN)}}
    return {
        "if": {"properties": {"on": {"const": "command"}}, "required": ["on"]},
        "then": {"required": ["command"], "properties": {"command": own}},
        "else": {"not": {"required": ["command"]}},
    }


def _promise() -> Schema:
    fields = {
        "if": condition("On every path where this holds."),
        "must": one_of(KINDS, "There is such a step."),
        "never": one_of(KINDS, "There is no such step."),
    }
    exactly_one = [{"required": ["must"]}, {"required": ["never"]}]
    return table("A promise.", fields, oneOf=exactly_one)


def _every_question_needs_a_timeout() -> Schema:
    asks: Schema = {"anyOf": [{"required": ["ask"]}, {"required": ["testimonial"]}]}
    each: Schema = {"if": asks, "then": {"required": ["timeout"]}}
    return {
        "if": {"required": ["timeout"]},
        "else": {"properties": {"steps": {"items": each}}},
    }

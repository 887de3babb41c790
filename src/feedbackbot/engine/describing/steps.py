"""One step of a script as JSON Schema: a shape for each kind, chosen by the key that stands in the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from feedbackbot.engine.describing.asking import (
    by_type,
    media,
    own_name,
    question,
    routes,
    timeout,
)
from feedbackbot.engine.describing.values import (
    Schema,
    duration,
    first_that_has,
    label,
    link,
    list_of,
    name,
    one_of,
    table,
    table_of,
    text,
    word,
)
from feedbackbot.engine.reading.names import RESERVED_STEPS
from feedbackbot.engine.reading.steps import CREDITS, KINDS, PRIORITIES

#: what each kind of step does, as an editor shows it
WHAT_IT_DOES: Final[Mapping[str, str]] = {
    "ask": "Asks a question and waits for the answer.",
    "branch": "Nothing but a decision: a list of conditions that ends in else.",
    "set": "Remembers values under names of your own; tags are added to the customer.",
    "wait": "Waits for some time, or until a time of day.",
    "escalate": "Hands the customer to a person in Slack, and goes on when the case is resolved.",
    "tell": "Leaves a note in a Slack channel; opens no case.",
    "testimonial": "Asks for permission to quote the customer; shows the exact text first.",
    "reward": "Gives one code from a pool. May never depend on what was answered.",
    "review_link": "Shows a link to a public review site. May never depend on a score.",
    "call": "Plays another script and comes back; its answers are known as <script>.<name>.",
    "end": "Ends the conversation. The word is the outcome that reports show.",
    "say": "Says something and goes on.",
}
_NEXT: Final = "Where it goes on: a step, or a list of conditions that ends in else."
_CHANNEL: Final = "A channel of the shop: support, marketing, ideas, or one from _shop.yaml."
_PHOTO: Final = r"^(?![/\\~])(?!.*\.\.)[^:]*$"


def step() -> Schema:
    """The kinds are tried in the order in which the reader looks for them."""
    shapes = _shapes()
    return {
        "type": "object",
        "description": "A step: an id, the key that says what it does, and what comes next.",
        "required": ["id"],
        "properties": {"id": _id()},
        **first_that_has({kind: shapes[kind] for kind in KINDS}, _nothing_yet()),
    }


def _nothing_yet() -> Schema:
    """A step that does not say what it does is wrong; an editor offers the kinds."""
    return {
        "properties": {kind: {"description": WHAT_IT_DOES[kind]} for kind in KINDS},
        "required": ["say"],
        "errorMessage": f"Say what this step does: {', '.join(KINDS)}.",
    }


def _shapes() -> dict[str, Schema]:
    return {
        "ask": {**_shape("ask", question()), "allOf": by_type()},
        "branch": _shape("branch", {"branch": routes(WHAT_IT_DOES["branch"])}),
        "set": _shape("set", {"set": _set(), "next": routes(_NEXT)}),
        "wait": _shape("wait", {"wait": _wait(), "next": routes(_NEXT)}),
        "escalate": _shape("escalate", {"escalate": _escalate(), "next": routes(_NEXT)}),
        "tell": _shape("tell", {"tell": _tell(), "next": routes(_NEXT)}),
        "testimonial": _shape("testimonial", _testimonial()),
        "reward": _shape("reward", {"reward": _reward(), "next": routes(_NEXT)}),
        "review_link": _shape("review_link", {"review_link": _review(), "next": routes(_NEXT)}),
        "call": _shape("call", {"call": word(WHAT_IT_DOES["call"]), "next": routes(_NEXT)}),
        "end": _shape("end", _end()),
        "say": _shape("say", _say()),
    }


def _shape(kind: str, fields: Mapping[str, Schema]) -> Schema:
    needs = ("id", kind, "next") if "next" in fields else ("id", kind)
    return table(WHAT_IT_DOES[kind], {"id": _id(), **fields}, needs=needs)


def _id() -> Schema:
    says = "The name of the step, for goto and next: small letters, digits and _."
    return {**name(says), "not": {"enum": sorted(RESERVED_STEPS)}}


def _say() -> dict[str, Schema]:
    return {
        "say": text("What the bot says. {{ names }} are filled in."),
        "photo": {
            "type": ["string", "number", "boolean"],
            "pattern": _PHOTO,
            "description": "A picture in the folder of the conversations.",
        },
        "buttons": table_of(
            link("An address that begins with https://."),
            'Links under the text: {"Our shop": "https://…"}.',
            keys=label("What stands on the button; at most 40 characters."),
        ),
        "next": routes(_NEXT),
    }


def _end() -> dict[str, Schema]:
    return {
        "end": word(WHAT_IT_DOES["end"]),
        "say": text("The last words; nothing is said without them."),
    }


def _set() -> Schema:
    return {
        "type": "object",
        "description": WHAT_IT_DOES["set"],
        "properties": {"tags": list_of(word("A tag."), "Tags for the customer.")},
        "additionalProperties": {
            "type": ["string", "number", "boolean", "null"],
            "description": "A text in which names are filled in, a number, true, false or null.",
        },
        "propertyNames": own_name("A name of your own."),
    }


def _wait() -> Schema:
    until = {
        "type": ["string", "integer"],
        "pattern": r"^(([01]?\d|2[0-3])(:[0-5]\d)?|[^.]*\..*)$",
        "minimum": 0,
        "maximum": 23,
        "description": 'A time of day such as "10:00", or a moment such as escalation.check_on.',
    }
    return {
        **table(WHAT_IT_DOES["wait"], {"until": until}, needs=("until",)),
        "type": ["string", "object"],
        "pattern": duration("")["pattern"],
        "patternErrorMessage": "Write 2d or 1d12h, or {until: …}.",
        "description": 'How long (2d, 1d12h), or until when: {until: "10:00"}.',
    }


def _escalate() -> Schema:
    fields = {
        "to": word(_CHANNEL),
        "priority": one_of(PRIORITIES, "How urgent it is; normal where nothing is said."),
        "summary": text("The heading of the card that people see in Slack."),
        "say": text("What the customer reads meanwhile. {{ escalation.reply_by }} is known."),
        "first_reply": duration("By when people should have answered, in opening hours."),
        "claimed": text("Said when a person takes it. {{ staff.first_name }} is known."),
        "unclaimed": _clock("Said when nobody has taken it for so long, in opening hours."),
        "nobody": _clock("Said when nobody has answered for so long; the lead is told, too."),
    }
    return table(WHAT_IT_DOES["escalate"], fields, needs=("to", "summary"))


def _clock(says: str) -> Schema:
    fields = {"after": duration("How long."), "say": text("What the customer reads.")}
    return table(says, fields, needs=("after",))


def _tell() -> Schema:
    fields = {"to": word(_CHANNEL), "text": text("The note.")}
    return table(WHAT_IT_DOES["tell"], fields, needs=("to", "text"))


def _testimonial() -> dict[str, Schema]:
    fields = {
        "reuse": word(
            "The saved answer to be quoted; new words are asked for where there is none."
        ),
        "ask": text("The request. It costs nothing to say no, so say that."),
        "accept": media(),
        "uses": list_of(
            word("website, social, email, print or ads."), "Where the words may be shown."
        ),
        "credit": list_of(
            one_of(CREDITS, "How the words may be signed."), "What the customer may choose from."
        ),
        "consent": text("The exact sentence agreed to, if it is not to be the shop's usual one."),
    }
    return {
        "testimonial": table(WHAT_IT_DOES["testimonial"], fields, needs=("ask",)),
        "timeout": timeout("What happens when no answer comes; else the script's own holds."),
        "next": routes(_NEXT),
    }


def _reward() -> Schema:
    fields = {
        "pool": word("Which pool of codes."),
        "say": text("{{ reward.code }} is the code; the usual words where nothing is said."),
        "fallback": word("The code that everybody gets when the pool is empty."),
        "disclosure": text(
            "That nothing is expected in return, if it is not to be the usual words."
        ),
    }
    return table(WHAT_IT_DOES["reward"], fields, needs=("pool",))


def _review() -> Schema:
    fields = {"url": link("The page, beginning with https://."), "say": text("What goes with it.")}
    return table(WHAT_IT_DOES["review_link"], fields, needs=("url", "say"))

"""One step of a script file as a `Step`: a function for each kind, chosen by the key that stands in the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from feedbackbot.engine.reading.asking import ask_step, medium_names, timeout_of
from feedbackbot.engine.reading.fields import Fields, items_of, label_of, text_of, word_of
from feedbackbot.engine.reading.names import CONSENT_NAMES, REWARD_NAMES
from feedbackbot.engine.reading.routes import routes_of
from feedbackbot.engine.reading.traps import as_number, as_switch, is_nothing
from feedbackbot.engine.reading.tree import Broken, Scalar, Table, Tree
from feedbackbot.engine.script import (
    Branch,
    Call,
    Clock,
    End,
    Escalate,
    LinkButton,
    Medium,
    Place,
    ReviewLink,
    Reward,
    Say,
    SetNames,
    Step,
    Tell,
    TestimonialStep,
    Timeout,
    Wait,
)
from feedbackbot.engine.times.durations import find_duration, find_time

PRIORITIES: Final = ("low", "normal", "high", "urgent")
CREDITS: Final = ("full_name", "first_name", "initials", "anonymous")
_Plain: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What every kind of step needs besides its own keys."""

    id: str
    place: Place
    #: the script's own time-out for questions
    timeout: Timeout | None


def read_step(fields: Fields, head: Head) -> Step | None:
    """None where the step does not say what it does."""
    kind = next((kind for kind in KINDS if kind in fields), None)
    if kind is None:
        hint = f"One of: {', '.join(KINDS)}."
        fields.notes.complain(head.place, "E401", f"{fields.what} does nothing.", hint)
        return None
    step = KINDS[kind](fields, head)
    fields.finish()
    return step


def _say(fields: Fields, head: Head) -> Say:
    return Say(
        id=head.id,
        place=head.place,
        say=fields.need_text("say"),
        next=routes_of(fields, "next"),
        photo=_picture(fields),
        buttons=_links(fields),
    )


def _ask(fields: Fields, head: Head) -> Step:
    return ask_step(fields, head.id, head.place, default_timeout=head.timeout)


def _branch(fields: Fields, head: Head) -> Branch:
    return Branch(id=head.id, place=head.place, next=routes_of(fields, "branch"))


def _set(fields: Fields, head: Head) -> SetNames:
    tags: tuple[str, ...] = ()
    values: dict[str, _Plain] = {}
    inner = fields.table("set")
    for key in inner.keys() if inner else ():
        assert inner is not None
        if key == "tags":
            tags = inner.words("tags") or ()
        elif (tree := inner.tree(key)) is not None:
            values[key] = _value(tree, inner)
    routes = routes_of(fields, "next")
    return SetNames(id=head.id, place=head.place, values=values, tags=tags, next=routes)


def _wait(fields: Fields, head: Head) -> Wait:
    tree = fields.tree("wait")
    routes = routes_of(fields, "next")
    if isinstance(tree, Scalar):
        duration = fields.duration("wait")
        return Wait(id=head.id, place=head.place, next=routes, duration=duration)
    inner = fields.table("wait")
    until = inner.need_word("until") if inner else ""
    if inner:
        inner.finish()
    moment = find_time(until)
    name = until if moment is None else None
    if inner and name and ("." not in name or find_duration(name)):
        hint = 'Such as: wait: 2d, or wait: {until: "10:00"}, or {until: escalation.check_on}'
        inner.complain("until", "E212", f"“{until}” is no time of day and no moment.", hint)
    elif inner and name:
        fields.notes.mention(inner.place_of("until"), frozenset((name,)))
    return Wait(id=head.id, place=head.place, next=routes, until_time=moment, until_name=name)


def _escalate(fields: Fields, head: Head) -> Escalate | None:
    inner = fields.table("escalate")
    routes = routes_of(fields, "next")
    if inner is None:
        return None
    step = Escalate(
        id=head.id,
        place=head.place,
        to=inner.need_word("to"),
        priority=inner.one_of("priority", PRIORITIES, default="normal"),
        summary=inner.need_text("summary"),
        next=routes,
        say=inner.text("say"),
        first_reply=inner.duration("first_reply"),
        claimed=inner.text("claimed"),
        unclaimed=_clock(inner, "unclaimed"),
        nobody=_clock(inner, "nobody"),
    )
    inner.finish()
    return step


def _tell(fields: Fields, head: Head) -> Tell | None:
    inner = fields.table("tell")
    routes = routes_of(fields, "next")
    if inner is None:
        return None
    to, text = inner.need_word("to"), inner.need_text("text")
    inner.finish()
    return Tell(id=head.id, place=head.place, to=to, text=text, next=routes)


def _testimonial(fields: Fields, head: Head) -> TestimonialStep | None:
    inner = fields.table("testimonial")
    routes = routes_of(fields, "next")
    if inner is None:
        return None
    reuse = inner.word("reuse")
    if reuse:
        fields.notes.mention(inner.place_of("reuse"), frozenset((reuse,)))
    accept = inner.some_of("accept", medium_names(), default=("text",))
    step = TestimonialStep(
        id=head.id,
        place=head.place,
        ask=inner.need_text("ask"),
        next=routes,
        timeout=timeout_of(fields, head.timeout, what=fields.what),
        reuse=reuse,
        accept=tuple(Medium(name) for name in accept),
        uses=inner.words("uses") or ("website",),
        credit=inner.some_of("credit", CREDITS, default=("first_name", "anonymous")),
        consent=inner.text("consent", own=CONSENT_NAMES),
    )
    inner.finish()
    return step


def _reward(fields: Fields, head: Head) -> Reward | None:
    inner = fields.table("reward")
    routes = routes_of(fields, "next")
    if inner is None:
        return None
    step = Reward(
        id=head.id,
        place=head.place,
        pool=inner.need_word("pool"),
        say=inner.text("say", own=REWARD_NAMES) or "",
        next=routes,
        fallback=inner.word("fallback"),
        disclosure=inner.text("disclosure"),
    )
    inner.finish()
    return step


def _review_link(fields: Fields, head: Head) -> ReviewLink | None:
    inner = fields.table("review_link")
    routes = routes_of(fields, "next")
    if inner is None:
        return None
    url, say = inner.need_text("url"), inner.need_text("say")
    if url:
        _need_https(fields, inner.place_of("url"), url)
    inner.finish()
    return ReviewLink(id=head.id, place=head.place, url=url, say=say, next=routes)


def _call(fields: Fields, head: Head) -> Call:
    script = fields.need_word("call")
    return Call(id=head.id, place=head.place, script=script, next=routes_of(fields, "next"))


def _end(fields: Fields, head: Head) -> End:
    outcome = fields.need_word("end")
    return End(id=head.id, place=head.place, outcome=outcome, say=fields.text("say"))


#: `say` comes last: it is also a modifier of `end`
KINDS: Final[Mapping[str, Callable[[Fields, Head], Step | None]]] = {
    "ask": _ask,
    "branch": _branch,
    "set": _set,
    "wait": _wait,
    "escalate": _escalate,
    "tell": _tell,
    "testimonial": _testimonial,
    "reward": _reward,
    "review_link": _review_link,
    "call": _call,
    "end": _end,
    "say": _say,
}


def _clock(fields: Fields, key: str) -> Clock | None:
    inner = fields.table(key)
    if inner is None:
        return None
    clock = Clock(after=inner.need_duration("after"), say=inner.text("say"))
    inner.finish()
    return clock


def _value(tree: Tree, fields: Fields) -> _Plain:
    if not isinstance(tree, Scalar) or not tree.plain:
        return text_of(tree, fields.notes)
    if is_nothing(tree.value):
        return None
    switch, number = as_switch(tree.value), as_number(tree.value)
    if switch is not None:
        return switch
    if number is not None:
        return int(number) if number.is_integer() else number
    return text_of(tree, fields.notes)


_LONGEST_PATH: Final = 200


def _picture(fields: Fields) -> str | None:
    path = fields.word("photo")
    is_odd = path and (len(path) > _LONGEST_PATH or not path.isprintable())
    if is_odd:
        fields.complain("photo", "E213", "This can't be the name of a file.")
    elif path and (path.startswith(("/", "\\", "~")) or ".." in path or ":" in path):
        fields.complain("photo", "E213", "A photo lies in the folder of the conversations.")
    return path


def _links(fields: Fields) -> tuple[LinkButton, ...]:
    tree = fields.tree("buttons")
    if tree is None or isinstance(tree, Broken):
        return ()
    if not isinstance(tree, Table):
        items_of(tree, fields.notes)
        fields.complain(
            "buttons", "E214", 'Buttons of a `say` are links: {"Our shop": "https://…"}'
        )
        return ()
    return tuple(_link(label, url, fields) for label, url in tree.entries)


def _link(label: Scalar, url: Tree, fields: Fields) -> LinkButton:
    address = word_of(url, fields.notes)
    if address:
        _need_https(fields, url.place, address)
    return LinkButton(label=label_of(label, fields.notes), url=address)


def _need_https(fields: Fields, place: Place, url: str) -> None:
    if not url.startswith("https://") or " " in url:
        fields.notes.complain(place, "E215", f"“{url}” is not a link that begins with https://.")

"""Reads one turn of a test: a function for each kind, chosen by the key that stands in the turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from feedbackbot.engine.happenings import ReplyKind
from feedbackbot.engine.reading.fields import Fields, Notes, word_of
from feedbackbot.engine.reading.phrases import did_you_mean
from feedbackbot.engine.reading.traps import is_nothing
from feedbackbot.engine.reading.tree import Broken, Listing, Scalar, Table, Tree
from feedbackbot.engine.rehearsing import reading_looks
from feedbackbot.engine.rehearsing.given import read_purchase
from feedbackbot.engine.rehearsing.turns import (
    AnyMessages,
    Bot,
    Ended,
    MarketingActed,
    Opened,
    Saved,
    Sent,
    Slack,
    StaffActed,
    Tapped,
    Turn,
    Waited,
)
from feedbackbot.engine.script import End, Escalate, Library, Place, Script, Tell

_ANY: Final = "any"
_LINK: Final = "link"
_MEDIA: Final = ("text", "photo", "voice", "video", "document", "sticker", "contact")
_STAFF_ACTS: Final = ("claim", "release", "reply", "typing", "resolve", "reopen")
#: ends that no step of a script names
_OTHER_ENDS: Final = ("expired", "stopped", "declined", "erased", "tie cut")
_OWN_CHANNELS: Final = frozenset(("support", "marketing", "ideas"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """What a turn is read with."""

    script: Script
    library: Library
    now: datetime
    notes: Notes


_Reader: TypeAlias = Callable[[Fields, Readable], Turn | None]


def _bot(fields: Fields, readable: Readable) -> Turn | None:
    tree = fields.tree("bot")
    if not isinstance(tree, Table):
        text = fields.word("bot") or ""
        is_any = isinstance(tree, Scalar) and tree.plain and text == _ANY
        place = fields.place
        return AnyMessages(place=place) if is_any else Bot(place=place, text=text)
    inner = Fields(tree, readable.notes, what="“bot”")
    bot = Bot(
        place=fields.place,
        text=inner.word("text"),
        has=_texts(inner, "has"),
        lacks=_texts(inner, "lacks"),
        buttons=inner.words("buttons"),
    )
    inner.finish()
    if not inner.keys():
        inner.miss("has")
    return bot


def _slack(fields: Fields, readable: Readable) -> Turn | None:
    inner = fields.table("slack")
    if inner is None or inner.is_broken:
        return None
    channel = inner.word("channel")
    known = _OWN_CHANNELS | set(_channels(readable.library))
    if channel and channel not in known:
        hint = did_you_mean(channel, tuple(known)) or f"There are: {', '.join(sorted(known))}."
        inner.complain("channel", "E621", f"No script writes to “{channel}”.", hint)
    turn = Slack(place=fields.place, channel=channel, contains=_texts(inner, "contains"))
    inner.finish()
    return turn


def _saved(fields: Fields, readable: Readable) -> Turn | None:
    inner = fields.table("saved")
    if inner is None:
        return None
    values: dict[str, str | None] = {}
    names = set(_names(readable.script, readable.library))
    for name in inner.keys():  # noqa: SIM118
        tree = inner.tree(name)
        if name not in names:
            hint = did_you_mean(name, tuple(names)) or f"There are: {', '.join(sorted(names))}."
            inner.complain(name, "E622", f"Nothing is saved as “{name}”.", hint)
        values[name] = _value(tree, readable.notes)
    return Saved(place=fields.place, values=values)


def _end(fields: Fields, readable: Readable) -> Turn | None:
    outcome = fields.need_word("end")
    steps = readable.script.steps.values()
    known = (*(step.outcome for step in steps if isinstance(step, End)), *_OTHER_ENDS)
    if outcome and outcome not in known:
        hint = did_you_mean(outcome, known) or f"There are: {', '.join(dict.fromkeys(known))}."
        fields.complain("end", "E623", f"The script has no end “{outcome}”.", hint)
    return Ended(place=fields.place, outcome=outcome)


def _tap(fields: Fields, _: Readable) -> Turn | None:
    if not isinstance(fields.tree("tap"), Table):
        return Tapped(place=fields.place, label=fields.word("tap") or "")
    inner = fields.table("tap")
    assert inner is not None
    label = inner.need_word("old")
    inner.finish()
    return Tapped(place=fields.place, label=label, old=True)


def _send(fields: Fields, readable: Readable) -> Turn | None:
    tree = fields.tree("send")
    if not isinstance(tree, Table):
        return Sent(place=fields.place, kind=ReplyKind.TEXT, text=fields.word("send") or "")
    inner = Fields(tree, readable.notes, what="“send”")
    kind, caption = _only(inner, _MEDIA)
    inner.finish()
    return Sent(place=fields.place, kind=ReplyKind(kind), text=caption) if kind else None


def _open(fields: Fields, readable: Readable) -> Turn | None:
    if isinstance(fields.tree("open"), Table):
        inner = fields.table("open")
        shop = readable.library.shop
        bought = read_purchase(inner, readable.script, shop, now=readable.now)
        return Opened(place=fields.place, purchase=bought)
    fields.one_of("open", (_LINK,))
    return Opened(place=fields.place)


def _wait(fields: Fields, _: Readable) -> Turn | None:
    amount = fields.need_duration("wait")
    return Waited(place=fields.place, amount=amount, words=fields.word("wait") or "")


def _staff(fields: Fields, readable: Readable) -> Turn | None:
    tree = fields.tree("staff")
    if isinstance(tree, Scalar):
        act = fields.one_of("staff", tuple(act for act in _STAFF_ACTS if act != "reply"))
        return StaffActed(place=fields.place, act=act)
    if isinstance(tree, (Listing, Broken)) or tree is None:
        fields.word("staff")
        return None
    inner = Fields(tree, readable.notes, what="“staff”")
    name = inner.word("as")
    act = next((act for act in _STAFF_ACTS if act in inner), "")
    if not act:
        guess = did_you_mean(next(iter(inner.keys()), ""), _STAFF_ACTS)
        hint = guess or f"Possible: {', '.join(_STAFF_ACTS)}; such as: staff: {{claim: Rita}}"
        fields.complain("staff", "E625", "This does not say what staff do.", hint)
        return None
    turn = _STAFF_READERS[act](inner, fields.place, name)
    inner.finish()
    return turn


def _named_act(act: str) -> Callable[[Fields, Place, str | None], StaffActed]:
    """`claim: Rita`: the value is who does it."""

    def read(inner: Fields, place: Place, name: str | None) -> StaffActed:
        return StaffActed(place=place, act=act, name=inner.word(act) or name)

    return read


def _reply(inner: Fields, place: Place, name: str | None) -> StaffActed:
    return StaffActed(place=place, act="reply", name=name, text=inner.word("reply") or "")


def _resolve(inner: Fields, place: Place, name: str | None) -> StaffActed:
    if not isinstance(inner.tree("resolve"), Table):
        return StaffActed(place=place, act="resolve", name=inner.word("resolve"))
    facts = inner.table("resolve")
    assert facts is not None
    check = facts.duration("check")
    turn = StaffActed(
        place=place,
        act="resolve",
        name=name or facts.word("as"),
        cause=facts.word("cause") or "quality",
        outcome=facts.word("action") or "replaced",
        check=timedelta(days=2) if check is None else check,
    )
    facts.finish()
    return turn


_STAFF_READERS: Final[Mapping[str, Callable[[Fields, Place, str | None], StaffActed]]] = {
    "claim": _named_act("claim"),
    "release": _named_act("release"),
    "typing": _named_act("typing"),
    "reopen": _named_act("reopen"),
    "reply": _reply,
    "resolve": _resolve,
}


def _marketing(fields: Fields, _: Readable) -> Turn | None:
    if not isinstance(fields.tree("marketing"), Table):
        act = fields.one_of("marketing", ("publish",))
        return MarketingActed(place=fields.place, act=act)
    inner = fields.table("marketing")
    assert inner is not None
    text = inner.need_word("edit")
    inner.finish()
    return MarketingActed(place=fields.place, act="edit", text=text)


#: the key of a turn -> how it is read
KINDS: Final[Mapping[str, _Reader]] = {
    "bot": _bot,
    "tap": _tap,
    "send": _send,
    "slack": _slack,
    "staff": _staff,
    "wait": _wait,
    "end": _end,
    "saved": _saved,
    "marketing": _marketing,
    "open": _open,
    "toast": reading_looks.toast,
    "reaction": reading_looks.reaction,
    "buttons": reading_looks.buttons,
    "card": reading_looks.card,
}


def _texts(fields: Fields, key: str) -> tuple[str, ...]:
    """One text or a list of them."""
    if isinstance(fields.tree(key), Listing):
        return fields.words(key) or ()
    word = fields.word(key)
    return (word,) if word else ()


def _only(fields: Fields, possible: tuple[str, ...]) -> tuple[str, str]:
    """The one key of a table and its text, which may be left empty."""
    key = next((key for key in possible if key in fields), "")
    if not key:
        fields.complain(key, "E624", f"{fields.what} needs one of: {', '.join(possible)}.")
        return "", ""
    tree = fields.tree(key)
    if isinstance(tree, Scalar) and tree.plain and is_nothing(tree.value):
        return key, ""
    return key, fields.word(key) or ""


def _value(tree: Tree | None, notes: Notes) -> str | None:
    if isinstance(tree, Listing):
        return ", ".join(word_of(item, notes) for item in tree.items)
    if isinstance(tree, Scalar) and tree.plain and (is_nothing(tree.value) or tree.value == "none"):
        return None
    return word_of(tree, notes) if tree is not None else None


def _channels(library: Library) -> list[str]:
    steps = (step for script in library.scripts.values() for step in script.steps.values())
    return [step.to for step in steps if isinstance(step, (Escalate, Tell))]


def _names(script: Script, library: Library) -> list[str]:
    """As conditions write them; those of called scripts under their own."""
    called = (other for other in library.scripts.values() if other.name != script.name)
    theirs = [f"{other.name}.{name}" for other in called for name in other.saved_names]
    return [*script.saved_names, *theirs]

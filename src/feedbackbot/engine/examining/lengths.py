"""How long a text can get with long names and answers in it, and whether the platforms take what a step sends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from jinja2 import nodes

from feedbackbot.engine import wording
from feedbackbot.engine.answers import buttons_of, choices_of
from feedbackbot.engine.examining.meaning import dotted_name
from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.script import (
    Ask,
    Call,
    End,
    Escalate,
    QuestionType,
    ReviewLink,
    Reward,
    Say,
    Script,
    SetNames,
    Step,
    Tell,
    TestimonialStep,
)
from feedbackbot.engine.shop import Shop

#: characters of a summary that a card in Slack shows, and of a note
LONGEST_SUMMARY: Final = 500
LONGEST_NOTE: Final = 3000
#: below a photo Telegram takes this much
LONGEST_CAPTION: Final = 1024
_MOST_BUTTONS: Final = 20
_LONGEST_LINK: Final = 1000
_LONGEST_DATA: Final = 64
_HOST: Final = re.compile(r"https://[\w-]+(\.[\w-]+)*\.[A-Za-z][\w-]+(:\d{1,5})?([/?#]\S*)?")
#: what people write when a question lets them; a message of Telegram's own greatest length
_WORDS: Final = 4096
#: and how much most of them write at the utmost
_USUAL_WORDS: Final = 1000
_LONG: Final[Mapping[str, int]] = {
    "customer.first_name": 64,
    "customer.last_name": 64,
    "purchase.item": 200,
    "purchase.title": 220,
    "purchase.items": 1000,
    "customer.tags": 300,
    "purchase.tags": 300,
    "staff.first_name": 80,
    "staff.name": 80,
    "testimonial.text": 3000,
}
_ELSE: Final = 60
_SHORT_FILTERS: Final = {"date": 40, "day": 40, "money": 30, "round": 20, "length": 6}


@dataclass(frozen=True, slots=True)
class Longest:
    """`people` counts apart what customers write freely: Slack shows its beginning, and all of it in the thread."""

    ours: int
    people: int = 0

    def __add__(self, other: Longest) -> Longest:
        return Longest(self.ours + other.ours, self.people + other.people)

    @property
    def all(self) -> int:
        return self.ours + self.people


def check_lengths(script: Script, scripts: Mapping[str, Script], shop: Shop, notes: Notes) -> None:
    names = _lengths_of(script, scripts, shop)
    for step in script.steps.values():
        for text, most in _sent(step):
            _check_text(step, longest_of(wording.tree_of(text), names), most, notes)
        if isinstance(step, (Escalate, Tell)):
            _check_slack(step, names, notes)
        _check_buttons(step, notes)


def texts_to_customer(step: Step) -> tuple[str, ...]:
    return tuple(text for text, _ in _sent(step))


def longest_of(tree: nodes.Node, names: Mapping[str, Longest]) -> Longest:
    match tree:
        case nodes.TemplateData():
            return Longest(_units(tree.data))
        case nodes.Template() | nodes.Output():
            return _sum(tree.iter_child_nodes(), names)
        case nodes.Filter():
            return _filtered(tree, names)
        case nodes.Name() | nodes.Getattr() | nodes.Getitem():
            return names.get(dotted_name(tree) or "", Longest(_ELSE))
        case nodes.List() | nodes.Tuple():
            return _sum(tree.items, names) + Longest(2 * len(tree.items))
        case _:
            return _longer(_alternatives(tree, names))


def _alternatives(tree: nodes.Node, names: Mapping[str, Longest]) -> list[Longest]:
    """One of these is said."""
    if isinstance(tree, nodes.If):
        branches = [_sum(branch.body, names) for branch in (tree, *tree.elif_)]
        return [*branches, _sum(tree.else_, names)]
    if isinstance(tree, nodes.CondExpr):
        return [longest_of(part, names) for part in (tree.expr1, tree.expr2) if part]
    if isinstance(tree, (nodes.And, nodes.Or)):
        return [longest_of(side, names) for side in (tree.left, tree.right)]
    return [Longest(_units(str(tree.value)) if isinstance(tree, nodes.Const) else _ELSE)]


def _filtered(node: nodes.Filter, names: Mapping[str, Longest]) -> Longest:
    inner = longest_of(node.node, names) if node.node else Longest(0)
    given = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
    if node.name == "shorten":
        most = given[0] if given and isinstance(given[0], int) else 200
        return inner if inner.all <= most else Longest(most)
    if node.name == "plural":
        return Longest(max((_units(str(value)) for value in given), default=_ELSE))
    if node.name == "default":
        return _longer([inner, *(longest_of(argument, names) for argument in node.args)])
    short = _SHORT_FILTERS.get(node.name)
    return Longest(short) if short else inner


def _lengths_of(script: Script, scripts: Mapping[str, Script], shop: Shop) -> dict[str, Longest]:
    names = {name: Longest(size) for name, size in _LONG.items()}
    for field in ("name", "legal_name", "timezone", "website", "privacy_url", "retention"):
        names[f"shop.{field}"] = Longest(_units(str(getattr(shop, field))))
    for step in script.steps.values():
        if isinstance(step, Call) and step.script in scripts:
            inner = _saved(scripts[step.script])
            names |= {f"{step.script}.{name}": size for name, size in inner.items()}
    return names | _saved(script)


def _saved(script: Script) -> dict[str, Longest]:
    found: dict[str, Longest] = {}
    for step in script.steps.values():
        if isinstance(step, Ask) and step.save:
            found[step.save] = _longer([found.get(step.save, Longest(0)), _answer(step)])
        elif isinstance(step, SetNames):
            for name in step.values:
                found[name] = _longer([found.get(name, Longest(0)), Longest(0, _WORDS)])
    return found | _made(script, found)


def _made(script: Script, found: Mapping[str, Longest]) -> dict[str, Longest]:
    """What `set` makes of other names that `set` has not made."""
    made: dict[str, Longest] = {}
    plain = {
        name for step in script.steps.values() if isinstance(step, SetNames) for name in step.values
    }
    for step in script.steps.values():
        for name, value in step.values.items() if isinstance(step, SetNames) else ():
            size = Longest(_ELSE)
            if isinstance(value, str):
                uses_made = {n.split(".")[0] for n in wording.names_in(value)} & plain
                known = {**{n: Longest(s) for n, s in _LONG.items()}, **found}
                tree = wording.tree_of(value)
                size = Longest(0, _WORDS) if uses_made else longest_of(tree, known)
            made[name] = _longer([made.get(name, Longest(0)), size])
    return made


def _answer(ask: Ask) -> Longest:
    if ask.type is QuestionType.TEXT:
        return Longest(0, _WORDS)
    labels = [_units(label) for _, label in choices_of(ask)]
    if ask.type is QuestionType.CHOICES:
        return Longest(sum(labels) + 2 * len(labels))
    if ask.type in (QuestionType.EMAIL, QuestionType.NUMBER, QuestionType.CONTACT):
        return Longest(320)
    return Longest(max(labels, default=10))


def _sent(step: Step) -> Iterable[tuple[str, int]]:
    """What goes to the customer in one piece."""
    texts: tuple[str | None, ...] = ()
    most = wording.LONGEST_TEXT
    match step:
        case Say():
            texts = (step.say,)
            most = LONGEST_CAPTION if step.photo else most
        case Ask():
            remind, rule = step.remind, step.validate
            texts = (step.ask, step.retry.say, remind.say if remind else None)
            texts += (rule.say if rule else None,)
        case Escalate():
            clocks = (step.unclaimed, step.nobody)
            texts = (step.say, step.claimed, *(clock.say for clock in clocks if clock))
        case TestimonialStep():
            texts = (step.ask, step.consent)
        case Reward() | ReviewLink() | End():
            texts = (step.say,)
        case _:
            pass
    return ((text, most) for text in texts if text)


def _check_text(step: Step, longest: Longest, most: int, notes: Notes) -> None:
    """What no name of usual length makes fit is wrong; what only a novel of a customer bursts is to be known."""
    usual = longest.ours + longest.people * _USUAL_WORDS // _WORDS
    message = f"“{step.id}” can get {longest.all:,} characters long; {most:,} fit into one message."
    hint = "Shorten what people write: {{ name | shorten(300) }}" if longest.people else ""
    if usual > most:
        notes.complain(step.place, "E330", message, hint)
    elif longest.all > most:
        notes.complain(step.place, "W330", f"{message} The rest is cut off.", hint)


def _check_slack(step: Escalate | Tell, names: Mapping[str, Longest], notes: Notes) -> None:
    most = LONGEST_SUMMARY if isinstance(step, Escalate) else LONGEST_NOTE
    text = step.summary if isinstance(step, Escalate) else step.text
    ours = longest_of(wording.tree_of(text), names).ours
    if ours > most:
        message = f"Slack shows {most:,} characters of “{step.id}”; it can have {ours:,}."
        hint = "The customer's own words stand below in any case."
        notes.complain(step.place, "E331", message, hint)


def _check_buttons(step: Step, notes: Notes) -> None:
    if isinstance(step, Ask):
        rows = buttons_of(step)
        if sum(len(row) for row in rows) > _MOST_BUTTONS or any(len(row) > 8 for row in rows):
            notes.complain(
                step.place, "E332", f"“{step.id}” has more than {_MOST_BUTTONS} buttons."
            )
        for choice, label in choices_of(step):
            if len(f"2147483647:{choice}".encode()) > _LONGEST_DATA or not label.strip():
                notes.complain(step.place, "E332", f"The button “{label or choice}” can't be sent.")
    if isinstance(step, Say):
        if len(step.buttons) > _MOST_BUTTONS:
            notes.complain(
                step.place, "E332", f"“{step.id}” has more than {_MOST_BUTTONS} buttons."
            )
        for link in step.buttons:
            _check_link(step, link.url, notes)
    if isinstance(step, ReviewLink):
        _check_link(step, step.url, notes)


def _check_link(step: Step, url: str, notes: Notes) -> None:
    if len(url) > _LONGEST_LINK or not _HOST.fullmatch(url):
        message = f"Telegram does not take “{url[:80]}” as a link."
        notes.complain(step.place, "E333", message, "Such as: https://example.com/review")


def _sum(parts: Iterable[nodes.Node], names: Mapping[str, Longest]) -> Longest:
    total = Longest(0)
    for part in parts:
        total += longest_of(part, names)
    return total


def _longer(sizes: list[Longest]) -> Longest:
    return max(sizes, key=lambda size: size.all, default=Longest(0))


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2

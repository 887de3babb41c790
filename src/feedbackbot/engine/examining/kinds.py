"""Which kind of value each name holds, and texts and conditions that take it for another kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jinja2 import nodes

from feedbackbot.engine import wording
from feedbackbot.engine.answers import choices_of
from feedbackbot.engine.answers.scales import SCALES
from feedbackbot.engine.examining.meaning import dotted_name, every_node
from feedbackbot.engine.reading.names import KNOWN_NAMES
from feedbackbot.engine.reading.phrases import did_you_mean
from feedbackbot.engine.script import Ask, Call, QuestionType, Script, SetNames, Step


class Kind(StrEnum):
    NUMBER = "a number"
    TEXT = "text"
    #: one of a few keys
    CHOICE = "a choice"
    #: several keys or words
    LIST = "a list"
    SWITCH = "true or false"
    MOMENT = "a moment"
    #: a moment as text
    DATE = "a day"
    NOTHING = "nothing"
    #: cannot be told
    ANY = "anything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a name before anybody has answered."""

    kinds: frozenset[Kind]
    #: the keys that it can hold; None where that is not limited
    keys: frozenset[str] | None = None
    #: the numbers that it can hold
    numbers: frozenset[int] | None = None


_KINDS_OF_TYPES: Final = {
    QuestionType.RATING: Kind.NUMBER,
    QuestionType.NPS: Kind.NUMBER,
    QuestionType.CES: Kind.NUMBER,
    QuestionType.GAP: Kind.NUMBER,
    QuestionType.NUMBER: Kind.NUMBER,
    QuestionType.CHOICE: Kind.CHOICE,
    QuestionType.YESNO: Kind.CHOICE,
    QuestionType.CHOICES: Kind.LIST,
}
_KINDS_OF_NAMES: Final = {
    "customer.purchases": Kind.NUMBER,
    "customer.tags": Kind.LIST,
    "purchase.items": Kind.LIST,
    "purchase.total": Kind.NUMBER,
    "purchase.placed_at": Kind.MOMENT,
    "purchase.shipped_at": Kind.MOMENT,
    "purchase.delivered_at": Kind.MOMENT,
    "purchase.gift": Kind.SWITCH,
    "purchase.tags": Kind.LIST,
    "escalation.minutes": Kind.NUMBER,
    "escalation.check_on": Kind.DATE,
}
_NUMERIC: Final = frozenset((Kind.NUMBER, Kind.SWITCH))
_WORDS: Final = frozenset((Kind.TEXT, Kind.CHOICE, Kind.DATE))
_ORDER: Final = ("lt", "lteq", "gt", "gteq")
_RESULTS: Final = {"round": Kind.NUMBER, "length": Kind.NUMBER, "first": Kind.ANY}
_KINDS_OF_NODES: Final[Mapping[type, Kind]] = {
    nodes.List: Kind.LIST,
    nodes.Tuple: Kind.LIST,
    nodes.Neg: Kind.NUMBER,
    nodes.Not: Kind.SWITCH,
    nodes.Compare: Kind.SWITCH,
    nodes.Test: Kind.SWITCH,
}
Complain = Callable[[str, str], None]


def facts_of(script: Script, scripts: Mapping[str, Script]) -> dict[str, Facts]:
    """Every name that a text of this script may use."""
    found = {
        f"{root}.{name}": _facts(_KINDS_OF_NAMES.get(f"{root}.{name}", Kind.TEXT))
        for root, names in KNOWN_NAMES.items()
        for name in names
    }
    for step in script.steps.values():
        if isinstance(step, Call) and step.script in scripts:
            inner = saved_facts(scripts[step.script])
            found |= {f"{step.script}.{name}": facts for name, facts in inner.items()}
    return found | saved_facts(script)


def saved_facts(script: Script) -> dict[str, Facts]:
    found: dict[str, Facts] = {}
    for step in script.steps.values():
        for name, facts in _saved_by(step):
            found[name] = _either(found[name], facts) if name in found else facts
    return found


def check_kinds(
    text: str, known: Mapping[str, Facts], complain: Complain, *, is_condition: bool
) -> None:
    """Tells `complain` a sentence and a hint for each thing that could not work or never be true."""
    tree = wording.tree_of_condition(text) if is_condition else wording.tree_of(text)
    for node in every_node(tree):
        if isinstance(node, nodes.Compare):
            _check_compare(node, known, complain)
        elif isinstance(node, nodes.Filter):
            _check_filter(node, known, complain)
        elif isinstance(node, nodes.Neg) and Kind.NUMBER not in _kinds(node.node, known):
            complain("A minus can only stand before a number.", "")
        elif isinstance(node, nodes.Getitem) and dotted_name(node) is None:
            complain("A place in a list, such as [0], may be empty.", "Write: | first")


def _saved_by(step: Step) -> Iterable[tuple[str, Facts]]:
    if isinstance(step, Ask) and step.save:
        yield step.save, _facts_of_ask(step)
    elif isinstance(step, SetNames):
        for name, value in step.values.items():
            yield name, _facts(_kind_of(value))


def _facts_of_ask(ask: Ask) -> Facts:
    kind = _KINDS_OF_TYPES.get(ask.type, Kind.TEXT)
    kinds = frozenset((kind,))
    if kind in (Kind.CHOICE, Kind.LIST):
        return Facts(kinds=kinds, keys=frozenset(key for key, _ in choices_of(ask)))
    if ask.type in SCALES:
        scale = SCALES[ask.type]
        return Facts(kinds=kinds, numbers=frozenset(range(scale.lowest, scale.highest + 1)))
    if ask.type is QuestionType.GAP:
        return Facts(kinds=kinds, numbers=frozenset(range(-2, 3)))
    return Facts(kinds=kinds)


def _facts(kind: Kind) -> Facts:
    return Facts(kinds=frozenset((kind,)))


def _either(one: Facts, other: Facts) -> Facts:
    keys = one.keys | other.keys if one.keys is not None and other.keys is not None else None
    both = one.numbers is not None and other.numbers is not None
    numbers = (one.numbers or frozenset()) | (other.numbers or frozenset()) if both else None
    return Facts(kinds=one.kinds | other.kinds, keys=keys, numbers=numbers)


def _kind_of(value: object) -> Kind:
    match value:
        case None:
            return Kind.NOTHING
        case bool():
            return Kind.SWITCH
        case int() | float():
            return Kind.NUMBER
        case _:
            return Kind.TEXT


def _check_compare(node: nodes.Compare, known: Mapping[str, Facts], complain: Complain) -> None:
    left = node.expr
    for operand in node.ops:
        if operand.op in _ORDER:
            _check_order(left, operand.expr, known, complain)
        elif operand.op in ("in", "notin"):
            _check_in(left, operand.expr, known, complain)
        else:
            _check_same(left, operand.expr, known, complain)
        left = operand.expr


def _check_order(
    left: nodes.Node, right: nodes.Node, known: Mapping[str, Facts], complain: Complain
) -> None:
    ones, others = _kinds(left, known) - {Kind.NOTHING}, _kinds(right, known) - {Kind.NOTHING}
    numbers = (ones | others) <= _NUMERIC
    moments = (ones | others) <= {Kind.MOMENT}
    if not numbers and not moments:
        odd = next(kind for kind in sorted(ones | others) if kind is not Kind.NUMBER)
        name = _shown(left if odd in ones else right)
        complain(f"<, <=, > and >= compare numbers, but {name} is {odd}.", "")


def _check_same(
    left: nodes.Node, right: nodes.Node, known: Mapping[str, Facts], complain: Complain
) -> None:
    for name, value in ((left, right), (right, left)):
        facts = known.get(dotted_name(name) or "")
        if facts is not None and isinstance(value, nodes.Const):
            _check_value(str(dotted_name(name)), facts, value.value, complain)


def _check_value(name: str, facts: Facts, value: object, complain: Complain) -> None:
    kind = _kind_of(value)
    if Kind.ANY in facts.kinds or kind is Kind.NOTHING:
        return
    fits = facts.kinds & (_NUMERIC if kind in _NUMERIC else _WORDS)
    if not fits:
        is_number = isinstance(value, str) and value.lstrip("-").isdigit()
        hint = f"Write {value} without quotes." if is_number and Kind.NUMBER in facts.kinds else ""
        own = " or ".join(sorted(facts.kinds))
        complain(f"“{name}” is {own} and never equal to {_written(value)}.", hint)
    elif isinstance(value, str) and facts.keys is not None and value not in facts.keys:
        guess = did_you_mean(value, tuple(facts.keys))
        there = f"There are: {', '.join(sorted(facts.keys))}."
        complain(f"“{name}” is never “{value}”.", guess or there)
    elif isinstance(value, int) and facts.numbers is not None and value not in facts.numbers:
        ends = f"from {min(facts.numbers)} to {max(facts.numbers)}"
        complain(f"“{name}” is never {value}: it goes {ends}.", "")


def _check_in(
    left: nodes.Node, right: nodes.Node, known: Mapping[str, Facts], complain: Complain
) -> None:
    if isinstance(right, (nodes.List, nodes.Tuple)):
        for item in right.items:
            _check_same(left, item, known, complain)
        return
    facts = known.get(dotted_name(right) or "")
    kinds = _kinds(right, known) - {Kind.NOTHING}
    if kinds <= {Kind.LIST} and facts is not None and facts.keys is not None:
        if isinstance(left, nodes.Const) and isinstance(left.value, str):
            _check_key(str(dotted_name(right)), facts.keys, left.value, complain)
    elif kinds <= _WORDS:
        if not _kinds(left, known) <= _WORDS:
            complain(f"Only text can stand in {_shown(right)}.", "")
    elif not kinds <= {Kind.LIST}:
        complain(f"“in” looks into a list or a text, but {_shown(right)} is neither.", "")


def _check_key(name: str, keys: frozenset[str], value: str, complain: Complain) -> None:
    if value not in keys:
        guess = did_you_mean(value, tuple(keys))
        complain(f"“{value}” is never in “{name}”.", guess or f"Possible: {', '.join(keys)}.")


def _check_filter(node: nodes.Filter, known: Mapping[str, Facts], complain: Complain) -> None:
    if node.node is None:
        complain("A filter needs a name before it.", "")
        return
    kinds = _kinds(node.node, known) - {Kind.NOTHING}
    numbers = {"round", "money", "plural"}
    if node.name in numbers and not kinds <= {Kind.NUMBER}:
        complain(f"“{node.name}” needs a number, which {_shown(node.node)} is not.", "")
    if node.name in ("date", "day") and not kinds <= {Kind.MOMENT, Kind.DATE}:
        complain(f"“{node.name}” needs a moment, which {_shown(node.node)} is not.", "")
    if node.name in ("shorten", "round"):
        for argument in (*node.args, *(pair.value for pair in node.kwargs)):
            value = argument.value if isinstance(argument, nodes.Const) else None
            if not isinstance(value, int) or isinstance(value, bool):
                complain(f"“{node.name}” takes a whole number in its ( ).", "")


def _kinds(node: nodes.Node, known: Mapping[str, Facts]) -> frozenset[Kind]:
    dotted = dotted_name(node)
    if dotted is not None:
        return known[dotted].kinds if dotted in known else frozenset((Kind.ANY,))
    if isinstance(node, nodes.Const):
        return frozenset((_kind_of(node.value),))
    if isinstance(node, (nodes.And, nodes.Or)):
        return _kinds(node.left, known) | _kinds(node.right, known)
    if isinstance(node, nodes.CondExpr) and node.expr2 is not None:
        return _kinds(node.expr1, known) | _kinds(node.expr2, known)
    if isinstance(node, nodes.Filter):
        return _kinds_of_filter(node, known)
    return frozenset((_KINDS_OF_NODES.get(type(node), Kind.ANY),))


def _kinds_of_filter(node: nodes.Filter, known: Mapping[str, Facts]) -> frozenset[Kind]:
    if node.name != "default" or node.node is None:
        return frozenset((_RESULTS.get(node.name, Kind.TEXT),))
    given = (*node.args, *(pair.value for pair in node.kwargs))
    fallback = [kind for argument in given for kind in _kinds(argument, known)]
    return _kinds(node.node, known) | frozenset(fallback or (Kind.TEXT,))


def _shown(node: nodes.Node) -> str:
    if isinstance(node, nodes.Const):
        return _written(node.value)
    return f"“{dotted_name(node)}”" if dotted_name(node) else "this"


def _written(value: object) -> str:
    return f"the text '{value}'" if isinstance(value, str) else str(value).lower()

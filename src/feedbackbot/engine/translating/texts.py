"""The texts of a file that a customer reads, each under a key made of its step and field."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from operator import is_
from typing import Final

from feedbackbot.engine.reading.traps import is_nothing
from feedbackbot.engine.reading.tree import Listing, Scalar, Table, Tree

#: fields of a step that customers read; `summary` and the text of `tell` are for the team
_SAID: Final = frozenset(("say", "ask", "claimed", "consent", "disclosure"))
#: fields of a step in which nothing is said
_SILENT: Final = frozenset(("set", "tell", "next", "branch", "wait", "timeout"))
_HEAD: Final = frozenset(("common", "language", "words"))


def mark(text: str) -> str:
    """Short enough to be read aloud; the same however a text is broken into lines."""
    plain = " ".join(text.split())
    return hashlib.sha256(plain.encode()).hexdigest()[:8]


def texts_of_script(tree: Tree) -> dict[str, Scalar]:
    """Such as `rate.ask`, `rate.retry.say`, `arrived.choices.here`, in the order of the file."""
    if not isinstance(tree, Table):
        return {}
    steps = _value(tree, "steps")
    found = _about(tree)
    for step in steps.items if isinstance(steps, Listing) else ():
        if isinstance(step, Table) and (name := _word(step, "id")):
            for key, value in step.entries:
                if key.value not in _SILENT:
                    found.update(_said(f"{name}.{key.value}", key.value, value))
    return found


def texts_of_common(tree: Tree) -> dict[str, Scalar]:
    """Such as `stop.done` and `stop.with_open_case.buttons.yes`."""
    if not isinstance(tree, Table):
        return {}
    entries = ((key, value) for key, value in tree.entries if key.value not in _HEAD)
    return {name: text for key, value in entries for name, text in _leaves(key.value, value)}


def with_texts(tree: Tree, instead: Mapping[int, Scalar]) -> Tree:
    """The tree with other texts; they are found by the `id()` of those that they stand in for.

    Parts in which nothing is another are the very same ones.
    """
    match tree:
        case Table():
            entries = [
                (instead.get(id(key), key), with_texts(value, instead))
                for key, value in tree.entries
            ]
            before = chain.from_iterable(tree.entries)
            is_same = all(map(is_, chain.from_iterable(entries), before))
            return tree if is_same else replace(tree, entries=tuple(entries))
        case Listing():
            items = [with_texts(item, instead) for item in tree.items]
            is_same = all(map(is_, items, tree.items))
            return tree if is_same else replace(tree, items=tuple(items))
        case Scalar():
            return instead.get(id(tree), tree)
        case _:
            return tree


def laid_over(base: Tree, own: Tree) -> Tree:
    """`base` with what `own` says otherwise; nothing (null) says nothing."""
    if not isinstance(base, Table) or not isinstance(own, Table):
        return base if isinstance(own, Scalar) and own.plain and is_nothing(own.value) else own
    known = {key.value: value for key, value in own.entries}
    entries = [
        (key, laid_over(value, known[key.value]) if key.value in known else value)
        for key, value in base.entries
    ]
    there = {key.value for key, _ in base.entries}
    entries += [(key, value) for key, value in own.entries if key.value not in there]
    return replace(base, entries=tuple(entries))


def _about(tree: Table) -> dict[str, Scalar]:
    """Customers read it where it stands behind a command in the bot's menu."""
    about, start = _value(tree, "about"), _value(tree, "start")
    is_read = isinstance(start, Table) and _word(start, "on") == "command"
    return {"about": about} if is_read and isinstance(about, Scalar) else {}


def _said(path: str, name: str, tree: Tree) -> Iterator[tuple[str, Scalar]]:
    match tree:
        case Scalar() if name in _SAID and not _is_nothing(tree):
            yield path, tree
        case Table() if name == "choices":
            yield from _leaves(path, tree)
        case Table() if name == "buttons":
            # links: the label stands in front of the colon
            for number, (label, _) in enumerate(tree.entries, start=1):
                yield f"{path}.{number}", label
        case Listing() if name == "buttons":
            for number, item in enumerate(tree.items, start=1):
                yield from _leaves(f"{path}.{number}", item)
        case Table():
            for key, value in tree.entries:
                yield from _said(f"{path}.{key.value}", key.value, value)
        case _:
            return


def _leaves(path: str, tree: Tree) -> Iterator[tuple[str, Scalar]]:
    if isinstance(tree, Table):
        for key, value in tree.entries:
            yield from _leaves(f"{path}.{key.value}", value)
    elif isinstance(tree, Scalar) and not _is_nothing(tree):
        yield path, tree


def _is_nothing(scalar: Scalar) -> bool:
    return scalar.plain and is_nothing(scalar.value)


def _word(table: Table, wanted: str) -> str | None:
    value = _value(table, wanted)
    return value.value if isinstance(value, Scalar) else None


def _value(table: Table, wanted: str) -> Tree | None:
    return next((value for key, value in table.entries if key.value == wanted), None)

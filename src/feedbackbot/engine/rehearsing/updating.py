"""Writes anew what the bot says in a file of tests; everything else, comments among it, stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from feedbackbot.engine.playing.yaml_lines import text_lines
from feedbackbot.engine.rehearsing.expecting import Spoken, fits
from feedbackbot.engine.rehearsing.rehearsing import Beat, Rehearsed
from feedbackbot.engine.rehearsing.turns import AnyMessages, Bot, Turn

_BLOCKS: Final = ("|", ">")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A turn that becomes other words, goes (None), or gets new ones behind it (`adds`)."""

    turn: int
    text: str | None = None
    adds: tuple[str, ...] = ()
    #: only what is added counts
    keeps: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """Where a turn stands: its lines, the column of its dash, and what is written behind it."""

    first: int
    last: int
    dash: int
    column: int
    comment: str


def updated(text: str, rehearsed: Sequence[Rehearsed]) -> str:
    """The file's new text; tests whose turns stand in one line, in [ ], are left alone."""
    lines = text.splitlines()
    changes = [(items, _changes(one)) for one, items in _written(text, lines, rehearsed)]
    edits = [(items, change) for items, own in changes for change in own]
    for items, change in sorted(edits, key=lambda edit: _line_of(*edit), reverse=True):
        _apply(lines, items, change)
    return "\n".join(lines) + "\n"


def can_update(text: str, rehearsed: Rehearsed) -> bool:
    return any(True for _ in _written(text, text.splitlines(), [rehearsed]))


def _written(
    text: str, lines: list[str], rehearsed: Sequence[Rehearsed]
) -> Iterator[tuple[Rehearsed, list[_Item]]]:
    by_line = {one.test.place.line: one for one in rehearsed}
    root = YAML(typ="safe", pure=True).compose(text)
    for node in root.value if isinstance(root, SequenceNode) else ():
        one = by_line.get(node.start_mark.line + 1)
        turns = _turns(node)
        if one is not None and turns is not None and not turns.flow_style:
            yield one, [_item(item, lines) for item in turns.value]


def _turns(test: Node) -> SequenceNode | None:
    entries = test.value if isinstance(test, MappingNode) else ()
    found = next((value for key, value in entries if key.value == "turns"), None)
    return found if isinstance(found, SequenceNode) else None


def _item(node: Node, lines: list[str]) -> _Item:
    first, dash = node.start_mark.line, node.start_mark.line
    while not lines[dash][: node.start_mark.column].lstrip().startswith("-"):
        dash -= 1
    last, comment = _end(node, lines)
    return _Item(
        first=first,
        last=last,
        dash=dash,
        column=node.start_mark.column,
        comment=comment,
    )


def _end(node: Node, lines: list[str]) -> tuple[int, str]:
    """The last line of a turn, and the comment behind it."""
    leaf = node
    while isinstance(leaf, MappingNode) and not leaf.flow_style and leaf.value:
        leaf = leaf.value[-1][1]
    if isinstance(leaf, ScalarNode) and leaf.style in _BLOCKS:
        head = lines[leaf.start_mark.line][leaf.start_mark.column + 1 :].lstrip("0123456789+-")
        return _end_of_block(node, leaf, lines), head.rstrip()
    if isinstance(leaf, SequenceNode) and not leaf.flow_style and leaf.value:
        return _end(leaf.value[-1], lines)
    end = leaf.end_mark
    behind = lines[end.line][end.column :].rstrip() if end.line < len(lines) else ""
    return end.line, behind if behind.lstrip().startswith("#") else ""


def _end_of_block(node: Node, leaf: ScalarNode, lines: list[str]) -> int:
    last: int = leaf.start_mark.line
    number = last
    while number + 1 < len(lines):
        number += 1
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) <= node.start_mark.column:
            break
        last = number if line.strip() else last
    return last


def _changes(rehearsed: Rehearsed) -> list[_Change]:
    turns = rehearsed.test.turns
    return [change for beat in rehearsed.beats for change in _of_beat(beat, turns)]


def _of_beat(beat: Beat, turns: Sequence[Turn]) -> Iterator[_Change]:
    """What fits already stays in its own words; what is between is replaced one by one."""
    wanted = [(number, turns[number]) for number in beat.expected]
    if _fits_with_any([turn for _, turn in wanted], beat.said):
        return
    pairs = _pairs([turn for _, turn in wanted], beat.said)
    added: dict[int, list[str]] = {}
    behind = beat.at
    changed: dict[int, str | None] = {}
    for place, message in pairs:
        if place is None and message is not None:
            added.setdefault(behind, []).append(beat.said[message].text)
            continue
        assert place is not None
        number, turn = wanted[place]
        behind = number
        if message is None:
            changed[number] = None
        elif not (isinstance(turn, Bot) and fits(turn, beat.said[message])):
            changed[number] = beat.said[message].text
    for number in sorted({*changed, *added}):
        yield _Change(
            turn=number,
            text=changed.get(number),
            adds=tuple(added.get(number, ())),
            keeps=number not in changed,
        )


def _fits_with_any(wanted: Sequence[Turn], said: Sequence[Spoken]) -> bool:
    if not wanted:
        return not said
    first, rest = wanted[0], wanted[1:]
    if isinstance(first, AnyMessages):
        return not rest or any(_fits_with_any(rest, said[n:]) for n in range(len(said) + 1))
    return (
        bool(said)
        and isinstance(first, Bot)
        and fits(first, said[0])
        and _fits_with_any(rest, said[1:])
    )


def _pairs(wanted: Sequence[Turn], said: Sequence[Spoken]) -> list[tuple[int | None, int | None]]:
    """Which turn stands for which message, in order; as many as possible are left as they are."""
    kept = _kept(wanted, said)
    pairs: list[tuple[int | None, int | None]] = []
    turn = message = 0
    for next_turn, next_message in [*kept, (len(wanted), len(said))]:
        while turn < next_turn or message < next_message:
            pairs.append(
                (
                    turn if turn < next_turn else None,
                    message if message < next_message else None,
                )
            )
            turn, message = min(turn + 1, next_turn), min(message + 1, next_message)
        if next_turn < len(wanted):
            pairs.append((next_turn, next_message))
        turn, message = next_turn + 1, next_message + 1
    return pairs


def _kept(wanted: Sequence[Turn], said: Sequence[Spoken]) -> list[tuple[int, int]]:
    """The longest common row of turns and messages that fit each other."""
    best: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i in range(len(wanted), -1, -1):
        for j in range(len(said), -1, -1):
            if i == len(wanted) or j == len(said):
                best[i, j] = []
                continue
            turn = wanted[i]
            options = [best[i + 1, j], best[i, j + 1]]
            if isinstance(turn, Bot) and fits(turn, said[j]):
                options.append([(i, j), *best[i + 1, j + 1]])
            best[i, j] = max(options, key=len)
    return best[0, 0]


def _line_of(items: list[_Item], change: _Change) -> tuple[int, int]:
    return items[max(change.turn, 0)].first, change.turn


def _apply(lines: list[str], items: list[_Item], change: _Change) -> None:
    item = items[max(change.turn, 0)]
    column = item.column
    new = [line for text in change.adds for line in _as_turn(text, column)]
    if change.turn < 0:
        lines[item.dash : item.dash] = new
        return
    lines[item.last + 1 : item.last + 1] = new
    if change.keeps:
        return
    if change.text is None:
        del lines[item.dash : item.last + 1]
        return
    own = text_lines("bot", change.text, indent=column, behind=item.comment)
    lines[item.first : item.last + 1] = [f"{lines[item.first][:column]}{own[0]}", *own[1:]]


def _as_turn(text: str, column: int) -> list[str]:
    first, *rest = text_lines("bot", text, indent=column)
    return [f"{' ' * (column - 2)}- {first}", *rest]

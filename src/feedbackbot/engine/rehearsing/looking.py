"""Looks at what is no message: notices over the phone's screen, reactions, buttons, and the card in Slack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from feedbackbot.engine.events import Event, Reacted, Toasted
from feedbackbot.engine.playing import Player
from feedbackbot.engine.playing.buttons import to_tap
from feedbackbot.engine.rehearsing.expecting import even, row_of
from feedbackbot.engine.rehearsing.turns import Card, Notice, Visible

_KINDS: Final = {Notice.TOAST: "notice", Notice.REACTION: "reaction"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """A sentence, and both sides where they can be laid beside each other."""

    message: str
    expected: str
    seen: str | None


def notice_of(event: Event) -> tuple[Notice, str] | None:
    if isinstance(event, Toasted):
        return Notice.TOAST, event.text
    if isinstance(event, Reacted):
        return Notice.REACTION, event.emoji
    return None


def compare_notice(
    kind: Notice, parts: tuple[str, ...], seen: list[tuple[Notice, str]]
) -> Otherwise | None:
    """What stands before the one that fits is passed over and, like it, gone for the next look."""
    for number, (other, text) in enumerate(seen):
        if other is kind and all(even(part) in even(text) for part in parts):
            del seen[: number + 1]
            return None
    came = " / ".join(text for other, text in seen if other is kind)
    message = f"There was {'another' if came else 'no'} {_KINDS[kind]} here."
    return Otherwise(message=message, expected=", ".join(parts), seen=came or None)


def compare_buttons(turn: Visible, player: Player) -> Otherwise | None:
    labels = visible(player)
    if labels == turn.labels:
        return None
    return Otherwise(
        message="Other buttons can be tapped now.",
        expected=row_of(turn.labels) or "none",
        seen=row_of(labels) or "none",
    )


def visible(player: Player) -> tuple[str, ...]:
    """Under the newest message first."""
    boards = player.keyboards
    return tuple(label for visit in sorted(boards, reverse=True) for label in to_tap(boards[visit]))


def compare_card(turn: Card, player: Player) -> Otherwise | None:
    seen = card_of(player)
    if all(seen.get(key) == value for key, value in turn.facts.items()):
        return None
    return Otherwise(
        message="The card stands otherwise." if seen else "There is no card in Slack.",
        expected=_row(turn.facts),
        seen=_row(seen) if seen else None,
    )


def card_of(player: Player) -> dict[str, str]:
    """The one that is open, else the newest; nothing where there is none."""
    case = player.open_case()
    if case is None:
        return {}
    status = "resolved" if case.resolved else "claimed" if case.owner else "open"
    solved = {None: "unknown", True: "yes", False: "no"}[case.solved]
    return {"status": status, "owner": case.owner or "none", "put_right": solved}


def _row(facts: dict[str, str]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in facts.items())

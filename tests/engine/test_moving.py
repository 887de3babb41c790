"""A conversation that is moved to another version of its script, wherever it stands, is never broken and never stuck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from msgspec.structs import replace

from conftest import CONVERSATIONS
from engine.test_talking_properties import (
    _KINDS,
    _PAUSES,
    House,
    _check_chat,
    _check_said,
)
from feedbackbot.engine.comparing import Comparison, Edition, Fate, compare
from feedbackbot.engine.events import ConversationAbandoned, QuestionAsked, Said
from feedbackbot.engine.happenings import QuestionDue
from feedbackbot.engine.reading.loader import gather, library_of
from feedbackbot.engine.script import Library, Script
from feedbackbot.engine.talking.moving import OUTCOME, move

GONE = "taken_out"
#: edits of the packaged script: what stands there -> what stands there then; and what steps are called then
EDITS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "as it is": ({}, {}),
    "a question is gone": (
        {
            "goto: whats_missing}": "goto: again}",
            "id: whats_missing": f"id: {GONE}",
            " {{ missing or '' }}": "",
        },
        {},
    ),
    "other choices": (
        {
            'choices: {here: "Yes, it is here", waiting: "Not yet"}': 'choices: {here: "Yes", waiting: "No", lost: "It is lost"}',
            'choices: {solved: "Yes, solved", open: "Not yet"}': 'choices: {solved: "Yes", open: "No"}',
        },
        {},
    ),
    "new names": (
        {"hand_over": "pass_on", "give_it_time": "some_days", "put_right": "is_it_right"},
        {"hand_over": "pass_on", "give_it_time": "some_days", "put_right": "is_it_right"},
    ),
    "new names that nobody was told of": (
        {
            "hand_over": "pass_on",
            "give_it_time": "some_days",
            "id: rate": "id: stars",
            "goto: rate": "goto: stars",
            "else: rate": "else: stars",
        },
        {},
    ),
    "other kinds of steps": (
        {
            "    type: rating\n    metric: csat\n    save: score\n": "    type: rating\n    save: score\n",
            "    wait: 3d\n    next: arrived": "    say: One more look.\n    next: arrived",
            "uses: [website, social]": "uses: [website]",
        },
        {},
    ),
}


def versions() -> Iterator[tuple[str, Library]]:
    sources = gather(CONVERSATIONS)
    for name, (edits, _) in EDITS.items():
        changed = dict(sources)
        file = next(file for file in sources if file.endswith("after_purchase.yaml"))
        for before, after in edits.items():
            assert before in changed[file], f"{name}: {before}"
            changed[file] = changed[file].replace(before, after)
        if name == "a question is gone":
            changed[file] = _without(changed[file], GONE)
        yield name, library_of(changed)


def _without(text: str, step: str) -> str:
    before, _, rest = text.partition(f"  - id: {step}\n")
    return before + "  - id: " + rest.partition("  - id: ")[2]


@pytest.fixture(scope="module")
def editions() -> dict[str, Script]:
    return {name: library.scripts["after_purchase"] for name, library in versions()}


def test_every_edit_is_a_version_of_its_own(editions: dict[str, Script]) -> None:
    assert len({script.version for script in editions.values()}) == len(EDITS)


def move_to(house: House, script: Script, renamed: dict[str, str]) -> Comparison:
    """What `script migrate --yes` does to one conversation."""
    found = compare(house.chat, Edition(script=house.script), Edition(script=script), renamed)
    if found.fate is Fate.STAYS:
        return found
    old = house.scene(delivered=True)
    turn = move(house.chat, found, old, replace(old, script=script), now=house.now)
    if found.fate is Fate.ENDS:
        assert ConversationAbandoned(reason=OUTCOME) in turn.events
        assert turn.chat.conversation is None
        assert any(isinstance(event, Said) for event in turn.events)
    else:
        house.script = script
    if found.fate is Fate.GOES_ON:
        assert not any(isinstance(event, (Said, QuestionAsked)) for event in turn.events)
    house.chat = turn.chat
    for event in turn.events:
        if isinstance(event, Said):
            _check_said(event, stopped=False)
            if event.visit is not None:
                house.choices[event.visit] = tuple(b.choice for row in event.buttons for b in row)
    return found


def goes_on(house: House, chance: Random, *, times: int) -> None:
    """A conversation is begun where none runs; then anything happens."""
    if house.chat.conversation is None:
        house.chat = replace(house.chat, stopped=False, aside=None)
        house.take(QuestionDue(invitation_id=1, script=house.script), delivered=True)
    for _ in range(times):
        house.now += timedelta(seconds=chance.choice(_PAUSES[:6]))
        happening = chance.choice(_KINDS)(house, chance.randrange(1000))
        house.take(happening, delivered=True)
        _check_chat(house.chat)


@pytest.mark.parametrize("seed", range(40))
def test_wherever_a_conversation_stands_a_move_leaves_it_whole(
    library: Library, editions: dict[str, Script], seed: int
) -> None:
    chance = Random(seed)
    for _ in range(10):
        house = House(library)
        for _ in range(4):
            goes_on(house, chance, times=chance.randrange(12))
            name = chance.choice(sorted(EDITS))
            if house.chat.conversation is not None:
                as_it_was = house.script.version == editions["as it is"].version
                move_to(house, editions[name], EDITS[name][1] if as_it_was else {})
                _check_chat(house.chat)
        goes_on(house, chance, times=12)

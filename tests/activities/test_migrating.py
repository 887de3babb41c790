"""Running conversations are moved to the script as it stands now, or end politely where their step is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from crowded import REWRITTEN, VISIT, Crowd, house_of, write
from feedbackbot import migrating
from feedbackbot.engine.comparing import Fate
from feedbackbot.engine.happenings import Command
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.script import Branch, Place
from feedbackbot.migrating import Touched
from feedbackbot.models.audit import find_broken
from feedbackbot.models.database import Database
from feedbackbot.versions import adopt

AT_RATE, AT_WHY, AT_AGAIN, PUT_OFF = 1, 2, 3, 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "conversations")


@pytest.fixture
def crowd(database: Database, folder: Path, now: datetime) -> Crowd:
    """One customer at each step, and one who would rather be asked tomorrow."""
    crowd = Crowd(database, house_of(folder), now)
    crowd.joins(AT_RATE, AT_WHY, AT_AGAIN)
    for number in (AT_WHY, AT_AGAIN):
        crowd.taps(number, "4")
    crowd.writes(AT_AGAIN, "It smells of lavender")
    return crowd


def edit(crowd: Crowd, script: str) -> None:
    folder = write(crowd.house.conversations, script)
    adopt(crowd.house, load_library(folder))


def migrate(crowd: Crowd, **renamed: str) -> dict[str, Touched]:
    """What became of each, by order number."""

    def work(session: Session) -> list[Touched]:
        running = migrating.on_other_versions(session, crowd.house.library)
        return migrating.migrate(session, crowd.house, running, renamed, now=crowd.now)

    return by_order(crowd.database.write(work))


def rehearse(crowd: Crowd, **renamed: str) -> dict[str, Touched]:
    def work(session: Session) -> list[Touched]:
        running = migrating.on_other_versions(session, crowd.house.library)
        return migrating.rehearse(session, crowd.house, running, renamed, now=crowd.now)

    return by_order(crowd.database.read(work))


def by_order(found: list[Touched]) -> dict[str, Touched]:
    return {str(each.running.order_id): each for each in found}


def fates(found: dict[str, Touched]) -> dict[str, Fate]:
    return {order: each.found.fate for order, each in found.items()}


EXPECTED = {
    str(AT_RATE): Fate.GOES_ON,
    str(AT_WHY): Fate.ENDS,
    str(AT_AGAIN): Fate.ASKED_AGAIN,
}


def test_a_script_that_has_not_changed_touches_nobody(crowd: Crowd) -> None:
    edit(crowd, "# only a remark\n" + VISIT)

    assert rehearse(crowd) == {}


def test_what_a_new_version_touches_is_told_step_by_step(crowd: Crowd) -> None:
    edit(crowd, REWRITTEN)

    verdicts = {
        order: (one.found.step, one.found.verdict) for order, one in rehearse(crowd).items()
    }

    assert verdicts == {
        "1": ("rate", "changed (ask, next)"),
        "2": ("why", "gone"),
        "3": ("again", "changed (choices)"),
    }


def test_a_rehearsal_changes_nothing(crowd: Crowd) -> None:
    edit(crowd, REWRITTEN)
    tables = ("customers", "conversations", "outbox", "audit", "timers", "script_versions")
    before = {name: crowd.rows(f"select * from {name}") for name in tables}

    assert fates(rehearse(crowd)) == EXPECTED
    assert {name: crowd.rows(f"select * from {name}") for name in tables} == before


def test_the_preview_says_what_is_then_done(crowd: Crowd) -> None:
    edit(crowd, REWRITTEN)

    assert fates(rehearse(crowd)) == fates(migrate(crowd)) == EXPECTED
    assert migrate(crowd) == {}


def test_who_stands_at_a_question_that_is_still_there_answers_it_and_goes_on_in_the_new_version(
    crowd: Crowd,
) -> None:
    edit(crowd, REWRITTEN)
    migrate(crowd)
    silence = crowd.said_to(AT_RATE)

    crowd.taps(AT_RATE, "5")

    assert silence == ["How was Soap?"]
    assert crowd.said_to(AT_RATE)[1:] == ["Would you come again?"]
    crowd.taps(AT_RATE, "gladly")
    assert crowd.said_to(AT_RATE)[-1].startswith("Thanks a lot.")
    assert crowd.rows("select value from answers where step = 'again'") == [("gladly",)]


def test_a_question_with_other_choices_is_put_again_and_its_old_buttons_are_closed(
    crowd: Crowd,
) -> None:
    edit(crowd, REWRITTEN)
    old_visit = crowd.rows("select max(visit) from outbox where chat_key = 'telegram:3'")[0][0]
    migrate(crowd)

    assert crowd.said_to(AT_AGAIN)[-2:] == ["Would you come again?", "Would you come again?"]
    kinds = "select kind from outbox where chat_key = 'telegram:3' and visit = :visit order by id"
    assert [kind for (kind,) in crowd.rows(kinds, visit=old_visit)] == ["text", "buttons"]
    crowd.taps(AT_AGAIN, "never")
    assert crowd.said_to(AT_AGAIN)[-1].startswith("Thanks a lot.")


def test_a_step_that_is_gone_ends_with_a_friendly_word_and_one_note_to_the_team(
    crowd: Crowd,
) -> None:
    crowd.joins(21, 22)
    for number in (21, 22):
        crowd.taps(number, "2")
    edit(crowd, REWRITTEN)
    migrate(crowd)

    assert crowd.said_to(AT_WHY)[-1].startswith("We have changed our questions in the meantime")
    ended = "select status, outcome from conversations where outcome is not null"
    assert crowd.rows(ended) == [("abandoned", "script_changed")] * 3
    [note] = crowd.notes()
    assert "3 conversations stood is gone (“why”)" in note
    assert "About: 2, 21, 22." in note
    assert crowd.rows("select value from answers where step = 'rate' and conversation_id = 2") == [
        ("4",)
    ]


def test_words_after_such_an_end_reach_a_person(crowd: Crowd) -> None:
    edit(crowd, REWRITTEN)
    migrate(crowd)
    crowd.pass_time(hours=1)

    crowd.writes(AT_WHY, "But I wanted to say that it smells")

    assert "Shall I pass this on to a person" in crowd.said_to(AT_WHY)[-1]


def test_at_night_the_friendly_word_waits_for_the_morning(crowd: Crowd) -> None:
    polite = VISIT.replace("after: 0s}", 'after: 0s, between: ["09:00", "20:00"]}')
    edit(crowd, polite)
    crowd.joins(31)
    crowd.taps(31, "4")
    crowd.now = crowd.now.replace(hour=23)
    edit(crowd, REWRITTEN)
    migrate(crowd)

    [(waits,)] = crowd.rows(
        "select not_before from outbox where chat_key = 'telegram:31' order by id desc limit 1"
    )
    morning = datetime(2026, 11, 21, 9, tzinfo=crowd.now.tzinfo)
    assert waits == int(morning.timestamp() * 1_000_000)


def test_a_renamed_step_is_gone_on_with_under_its_new_name(crowd: Crowd) -> None:
    edit(crowd, VISIT.replace("id: why,", "id: because,").replace("next: why}", "next: because}"))

    moved = migrate(crowd, why="because")
    crowd.writes(AT_WHY, "It smells of lavender")

    assert moved["2"].found.verdict == "now “because”, unchanged"
    assert fates(moved)["2"] is Fate.GOES_ON
    assert crowd.said_to(AT_WHY)[1:] == ["Why is that?", "Would you come again?"]
    answered = "select step from answers where conversation_id = 2 order by id"
    assert crowd.rows(answered) == [("rate",), ("because",)]


def test_every_move_is_written_down_in_an_unbroken_trail(crowd: Crowd) -> None:
    edit(crowd, REWRITTEN)
    migrate(crowd)

    acts = "select act, count(*) from audit where actor = 'cli' group by act order by act"
    assert crowd.rows(acts) == [("conversation_ended", 1), ("conversation_moved", 2)]
    assert crowd.database.read(find_broken) is None
    version = crowd.house.library.scripts["visit"].version
    live = "select distinct version from conversations where status = 'waiting'"
    assert crowd.rows(live) == [(version,)]
    assert (version,) in crowd.rows("select version from script_versions")


def test_whom_people_are_answering_stays_until_they_are_done(crowd: Crowd) -> None:
    crowd.does(AT_WHY, Command(name="human", message_key="2:900"))
    crowd.writes(AT_WHY, "It burns on my skin")
    crowd.pass_time(hours=1)
    said = crowd.said_to(AT_WHY)
    edit(crowd, REWRITTEN)

    moved = migrate(crowd)

    assert (moved["2"].found.fate, "people have it" in moved["2"].found.why) == (Fate.STAYS, True)
    assert crowd.said_to(AT_WHY) == said
    status = "select status from conversations where id = 2"
    assert crowd.rows(status) == [("waiting",)]


def test_who_is_in_the_middle_of_a_built_in_question_stays(crowd: Crowd) -> None:
    crowd.does(AT_WHY, Command(name="forget", message_key="2:900"))
    edit(crowd, REWRITTEN)

    assert "built-in question" in migrate(crowd)["2"].found.why


def test_who_asked_for_another_time_is_not_asked_at_once(crowd: Crowd) -> None:
    crowd.joins(PUT_OFF)
    crowd.taps(PUT_OFF, "4")
    crowd.writes(PUT_OFF, "Not now")
    crowd.taps(PUT_OFF, "tomorrow")
    edit(
        crowd,
        VISIT.replace('ask: "Why is that?", type: text', 'say: "Fine."').replace(
            " save: reason,", ""
        ),
    )

    found = migrate(crowd)["4"].found

    assert (found.fate, "another time" in found.why) == (Fate.STAYS, True)


def test_answers_that_will_never_be_asked_for_are_named(crowd: Crowd) -> None:
    edit(
        crowd,
        VISIT.replace(
            "steps:\n",
            'steps:\n  - {id: first, ask: "Bought for whom?", type: text, save: whom, next: rate}\n',
        ),
    )

    assert rehearse(crowd)["1"].found.unasked == ("whom",)


def test_a_move_that_raises_leaves_that_conversation_and_moves_the_others(crowd: Crowd) -> None:
    """As a script would that no check had seen: its step leads nowhere."""
    edit(crowd, REWRITTEN)
    script = crowd.house.library.scripts["visit"]
    dead_end = Branch(id="again", place=Place(file="visit.yaml", line=1, column=1), next=())
    steps = {**script.steps, "again": dead_end}
    broken = replace(script, steps=steps, version="f" * 64)
    adopt(crowd.house, replace(crowd.house.library, scripts={"visit": broken}))

    rehearsed, moved = rehearse(crowd), migrate(crowd)

    assert fates(rehearsed) == fates(moved)
    assert moved["3"].found.fate is Fate.STAYS
    assert "Nothing in `next`" in moved["3"].found.why
    moved_to_it = "select id from conversations where status = 'waiting' and version = :version"
    assert crowd.rows(moved_to_it, version="f" * 64) == [(1,)]
    assert crowd.said_to(AT_AGAIN)[-1] == "Would you come again?"


def test_a_conversation_that_ended_meanwhile_is_left_alone(crowd: Crowd) -> None:
    edit(crowd, REWRITTEN)
    running = crowd.database.read(lambda s: migrating.on_other_versions(s, crowd.house.library))
    crowd.does(AT_WHY, Command(name="stop", message_key="2:901"))
    done = crowd.database.write(
        lambda s: migrating.migrate(s, crowd.house, running, {}, now=crowd.now)
    )

    assert sorted(by_order(done)) == ["1", "3"]
    assert crowd.rows("select outcome from conversations where id = 2") == [("stopped",)]


def test_a_move_keeps_the_day_on_which_silence_ends_the_talk(crowd: Crowd) -> None:
    edit(crowd, REWRITTEN)
    migrate(crowd)
    crowd.pass_time(days=3)

    assert crowd.rows("select count(*) from conversations where status = 'waiting'") == [(0,)]
    assert crowd.said_to(AT_RATE)[-1].startswith("Thanks a lot.")

"""F01 to F06: the process dies at every named place in every step of a complaint, and nobody can tell afterwards."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import pytest

from acceptance.asking import free_port, until
from acceptance.people import Phone, Staff
from acceptance.platforms import SUPPORT, days_ago
from acceptance.scenes import ASKED, PASSED_ON, REASON, REMEDY, said_twice
from acceptance.stage import Stage
from faults.scenes import begins, cards, start_to_die
from feedbackbot import crash

#: at these nobody can tell whether a message has left
DOUBTFUL = {"claimed", "before_send", "sent_not_stored"}


@dataclass(slots=True, kw_only=True)
class Play:
    """One customer's complaint, from the purchase to the end, step by step."""

    stage: Stage
    name: str
    phone: Phone
    rita: Staff
    link: str = ""

    @property
    def words(self) -> str:
        return f"Nothing of it was right, says {self.name}"

    @property
    def reply(self) -> str:
        return f"A new pair leaves today, {self.name}."

    def buy(self) -> None:
        """As shops do it: again and again until the answer is a 2xx."""
        self.link = self.stage.purchase(self.name, self.name, delivered_at=days_ago(5))

    def open(self) -> None:
        self.phone.opens(self.link)

    def rate(self) -> None:
        self.phone.taps("1 ★")

    def tell(self) -> None:
        self.phone.writes(self.words)

    def choose(self) -> None:
        self.phone.taps("Money back")

    def claim(self) -> None:
        self.rita.clicks("Claim", self.card())

    def answer(self) -> None:
        self.rita.writes(f"@feedbackbot {self.reply}", self.card())

    def resolve(self) -> None:
        form = self.rita.clicks("Resolve", self.card())
        self.rita.submits(form, {"cause": "quality", "action": "Sent a new pair"})

    def card(self) -> dict[str, object]:
        return self.rita.reads(self.words, SUPPORT)


#: what is done, and what the customer then reads
STEPS: dict[str, tuple[Callable[[Play], None], str]] = {
    "buy": (Play.buy, ""),
    "open": (Play.open, ASKED),
    "rate": (Play.rate, REASON),
    "tell": (Play.tell, REMEDY),
    "choose": (Play.choose, PASSED_ON),
    "claim": (Play.claim, "has read your message"),
    "answer": (Play.answer, "A new pair leaves today"),
    "resolve": (Play.resolve, "For the team this is settled"),
}
#: places that a step does not pass: nothing is sent, or no chat moves
NOT_PASSED = {("buy", point) for point in crash.POINTS} - {
    ("buy", "received"),
    ("buy", "committed"),
}
MATRIX = [
    (step, point) for step in STEPS for point in crash.POINTS if (step, point) not in NOT_PASSED
]
SAMPLE = {
    ("buy", "committed"),
    ("choose", "half_recorded"),
    ("claim", "committed"),
    ("answer", "sent_not_stored"),
}


@pytest.mark.parametrize(
    ("step", "point"),
    [pytest.param(*pair, marks=[] if pair in SAMPLE else [pytest.mark.matrix]) for pair in MATRIX],
)
def test_f01_to_f06_a_crash_at_any_place_of_any_step_loses_and_doubles_nothing(
    polled: Stage, step: str, point: str
) -> None:
    name = f"{step}-{point}".replace("_", "-")
    play = Play(stage=polled, name=name, phone=polled.customer(name), rita=polled.staff("U0RITA"))
    lead_up_to(play, step)
    polled.kill_bot()
    start_to_die(polled, point)

    act, heard = STEPS[step]
    with suppress(OSError, AssertionError, KeyError):
        act(play)
    assert polled.ends_by_itself() == 137
    polled.start_bot()
    polled.later("1m")
    go_on(play, step)

    if step == "answer" and point in DOUBTFUL:
        arrives_or_is_doubted(play)
    elif heard:
        play.phone.reads(heard)
    polled.while_time_passes(polled.is_done, "everything has left")
    twice = said_twice(play.phone)
    # while one receipt is stored, the message to the other platform may be under way; the bot then knows of the doubt
    in_doubt = point == "stored" and "interrupted_sends" in polled.log()
    assert len(twice) <= (1 if point == "sent_not_stored" or in_doubt else 0)
    assert len(cards(polled, play.words)) <= 1
    assert polled.rows("select count(*) from quarantine") == [(0,)]


def arrives_or_is_doubted(play: Play) -> None:
    """A person's words are never sent again by themselves: who wrote them is asked to look, or they are there."""
    card = str(play.card()["ts"])

    def times() -> int:
        return sum(play.reply in text for text in play.phone.heard())

    def is_known() -> bool:
        thread = json.dumps(play.stage.posts(SUPPORT, thread=card))
        return times() == 1 or "This may or may not have reached" in thread

    play.stage.while_time_passes(is_known, "it has arrived, or nobody can tell and a person knows")
    play.stage.while_time_passes(play.stage.is_done, "everything has left")
    assert times() <= 1


def lead_up_to(play: Play, last: str) -> None:
    for step, (act, heard) in STEPS.items():
        if step == last:
            break
        act(play)
        if heard:
            play.phone.reads(heard)
    play.stage.while_time_passes(play.stage.has_settled, "everything is stored")


def go_on(play: Play, step: str) -> None:
    """What whoever acted does when nothing seems to have happened; the platforms deliver again by themselves."""
    if step == "buy":
        play.buy()
    elif step in {"claim", "resolve"}:
        # a click is not delivered again: Slack shows a warning sign, and the person clicks again
        with suppress(AssertionError, KeyError):
            STEPS[step][0](play)


def test_f03_what_was_acknowledged_and_not_sent_leaves_after_the_restart(polled: Stage) -> None:
    bo = begins(polled, "Acknowledged")
    polled.fault("telegram", "sendMessage", status=500, chat=str(bo.id), times=1000)
    bo.taps("1 ★")
    until(lambda: polled.rows("select 1 from outbox where attempts > 0 and status = 'waiting'"), "")
    bo.stage.play("telegram/send", customer=bo.id, text="/help")
    time.sleep(0.5)
    polled.kill_bot()
    polled.mend()
    polled.start_bot()

    bo.reads(REASON)
    assert said_twice(bo) == []


# between processes that share a PostgreSQL it is brought about in `acceptance/test_fleet.py`
@pytest.mark.parametrize("alone", ["sqlite"], indirect=True)
def test_f20_a_process_that_was_frozen_and_overtaken_doubles_no_step(
    alone: Stage,
) -> None:
    """On one machine: the old process stands still in the middle of a send while a new one takes its place."""
    bo = begins(alone, "Frozen")
    alone.fault("telegram", "sendMessage", hang_seconds=1.5)
    bo.taps("1 ★")
    until(lambda: alone.rows("select 1 from outbox where status = 'sending'"), "it is being sent")
    with standing_still(alone) as frozen:
        alone.bot = f"http://127.0.0.1:{free_port()}"
        alone.start_bot()
        doubtful = alone.rows("select purpose from outbox where status = 'unknown'")
        alone.later("1m")
        until(alone.is_done, "the new process has sent it")
        frozen.send_signal(signal.SIGCONT)
        bo.reads(REASON)
        bo.writes("The sole came off")
        bo.reads(REMEDY)
        time.sleep(1)

    assert doubtful == [("question",)]
    assert len(said_twice(bo)) <= 1
    assert alone.rows("select step from answers order by id") == [("rate",), ("what_happened",)]


@contextmanager
def standing_still(stage: Stage) -> Iterator[subprocess.Popen[str]]:
    """The bot's process, stopped where another one can write: in the middle of a send, not of a commit."""
    process = stage.set_aside()

    def stops_without_the_lock() -> bool:
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        with closing(sqlite3.connect(stage.database_file, timeout=0)) as other:
            try:
                other.execute("begin immediate")
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGCONT)
                return False
        return True

    try:
        until(stops_without_the_lock, "it stands still and holds up nobody")
        yield process
    finally:
        process.kill()
        process.wait()

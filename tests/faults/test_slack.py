"""F22 to F29: Slack is away, closed, slow or says things twice; every complaint reaches a person, and none twice."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from acceptance.asking import until
from acceptance.people import Phone, Staff
from acceptance.platforms import MARKETING, SUPPORT
from acceptance.scenes import PASSED_ON, PUBLIC, QUOTE, REASON, REMEDY, agrees_to_be_quoted
from acceptance.stage import Stage
from faults.scenes import begins, cards, complains, locked, together, trouble

RITA, OMAR, MIA = "U0RITA", "U0OMAR", "U0MIA"
CONVERSATIONS = Path(__file__).parents[2] / "conversations"


class Pager(BaseHTTPRequestHandler):
    """The address for alarms."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(json.loads(body)["text"])  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing on the screen."""


@contextmanager
def pager() -> Iterator[tuple[str, list[str]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pager)
    heard: list[str] = []
    server.heard = heard  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/alarms?key=7", heard
    server.shutdown()
    server.server_close()
    thread.join()


def test_f22_fifty_complaints_while_slack_is_away_are_confirmed_told_and_come_in_order(
    alone: Stage,
) -> None:
    with pager() as (address, heard):
        alone.kill_bot()
        alone.start_bot(FEEDBACKBOT_ALARM_URL=address)
        alone.play("slack/outage")
        phones = many(alone, 50)
        for phone in phones:
            phone.reads(PASSED_ON)
        alone.later("6m")
        until(lambda: any("50 complaints have not" in text for text in heard), "the pager rings")
        until(
            lambda: "complaints have not reached Slack" in trouble(alone), "/readyz says so as well"
        )

        alone.play("slack/outage", seconds=0)
        alone.while_time_passes(
            lambda: len(cards(alone, "is what ailed")) == 50, "all of them are in Slack"
        )

    until(alone.has_settled, "everything is stored")
    posted = [str(card["ts"]) for card in cards(alone, "is what ailed")]
    named = alone.rows("select slack_thread_ts from escalations order by id")
    assert [ts for (ts,) in named] == sorted(posted)
    (line,) = cards(alone, "50 cards could not be posted")
    assert str(line["ts"]) < min(posted)
    assert sum("complaints have not" in text for text in heard) == 1


def many(stage: Stage, number: int) -> list[Phone]:
    """So many at the end of the same complaint, in one go."""
    phones = [begins(stage, f"Nr{n}") for n in range(number)]
    for phone in phones:
        phone.taps("1 ★")
    for n, phone in enumerate(phones):
        phone.reads(REASON)
        phone.writes(f"Nr{n} is what ailed it")
    for phone in phones:
        phone.reads(REMEDY)
        phone.taps("Money back")
    return phones


def test_f23_a_card_for_an_archived_channel_goes_to_the_default_one(polled: Stage) -> None:
    polled.play("slack/channels", id=MARKETING, archived=True)
    ada, mia = begins(polled, "Ada"), polled.staff(MIA)
    agrees_to_be_quoted(ada, "Ada")

    card = mia.reads(QUOTE, SUPPORT)
    mia.clicks("Approve", card)
    ada.reads(PUBLIC)
    assert len(cards(polled, QUOTE, MARKETING)) == 0


@pytest.mark.parametrize("how", ["archived", pytest.param("kicked", marks=pytest.mark.matrix)])
def test_f23_where_the_support_channel_is_closed_the_lead_is_told_and_nothing_is_lost(
    polled: Stage, how: str, tmp_path: Path
) -> None:
    led_by_rita(polled, tmp_path)
    close(polled, how)
    words = f"Closed because {how}"
    complains(polled, f"Closed-{how}", words)

    until(lambda: SUPPORT in trouble(polled), "/readyz names the channel and the fix")
    polled.while_time_passes(lambda: told_lead(polled), "the lead has a direct message")
    posts = len([call for call in polled.calls("chat.postMessage", "slack") if words in str(call)])
    assert posts < 12
    polled.mend()

    polled.while_time_passes(lambda: cards(polled, words), "it is posted")
    polled.while_time_passes(lambda: SUPPORT not in trouble(polled), "/readyz is green")
    assert len(cards(polled, words)) == 1


def led_by_rita(stage: Stage, folder: Path) -> None:
    """The shop's scripts name a lead who can be written to."""
    scripts = folder / "conversations"
    shutil.copytree(CONVERSATIONS, scripts)
    shop = scripts / "_shop.yaml"
    shop.write_text(shop.read_text().replace("{name: Rita}", "{name: Rita, slack_user_id: U0RITA}"))
    stage.kill_bot()
    stage.start_bot(FEEDBACKBOT_CONVERSATIONS=str(scripts))


def close(stage: Stage, how: str) -> None:
    if how == "archived":
        stage.play("slack/channels", id=SUPPORT, archived=True)
    else:
        stage.play("slack/channels", id=SUPPORT, members=[RITA, OMAR, MIA])


def told_lead(stage: Stage) -> list[dict[str, object]]:
    posts = stage.look("state")["slack"]["messages"]
    return [p for p in posts if p["channel"].startswith("D") and SUPPORT in str(p)]


@pytest.mark.parametrize(
    "word", ["token_revoked", pytest.param("account_inactive", marks=pytest.mark.matrix)]
)
def test_f23_with_a_refused_token_everything_waits_and_the_remedy_is_named(
    polled: Stage, word: str
) -> None:
    polled.play("slack/app", bot_token=word)
    complains(polled, f"Revoked-{word}", f"It came with {word}")

    until(lambda: "nstall" in trouble(polled), "/readyz names the fix")
    doctor = polled.command("doctor")
    assert "nstall" in doctor.stdout
    polled.mend()
    polled.while_time_passes(lambda: cards(polled, f"with {word}"), "it is posted")
    polled.while_time_passes(lambda: not trouble(polled), "/readyz is green")


def test_f24_while_slack_asks_for_patience_only_the_newest_face_of_a_card_waits(
    polled: Stage,
) -> None:
    complains(polled, "Patient", "Slack was busy that day")
    rita = polled.staff(RITA)
    card = rita.reads("Slack was busy that day")
    until(polled.has_settled, "everything is stored")
    before = len(polled.calls("chat.update", "slack"))
    polled.fault("slack", "chat.update", status=429, retry_after=2)

    rita.clicks("Claim", card)
    until(lambda: len(polled.calls("chat.update", "slack")) > before, "Slack asks for patience")
    form = rita.clicks("Resolve", card)
    rita.submits(form, {"cause": "quality", "action": "Sent a new pair"})
    polled.later("10s")
    polled.while_time_passes(polled.is_done, "everything has left")

    updates = polled.calls("chat.update", "slack")[before:]
    assert updates[0]["status"] == 429
    assert len(updates) <= 3
    assert "Resolved" in json.dumps(cards(polled, "Slack was busy that day"))
    assert len(cards(polled, "Slack was busy that day")) == 1


@pytest.mark.parametrize(
    "how",
    [{"drop": "after"}, pytest.param({"hang_seconds": 16}, marks=pytest.mark.matrix)],
    ids=["cut", "too late"],
)
def test_f25_a_post_whose_answer_was_lost_is_found_and_not_repeated(
    polled: Stage, how: dict[str, object]
) -> None:
    name = next(iter(how))
    polled.fault("slack", "chat.postMessage", chat=SUPPORT, **how)
    complains(polled, f"Lost-{name}", f"The answer was lost: {name}")

    unknown = "select 1 from outbox where status = 'unknown'"
    until(lambda: polled.rows(unknown), "nobody knows whether it arrived")
    polled.while_time_passes(polled.is_done, "it is known")

    assert len(cards(polled, f"The answer was lost: {name}")) == 1


def test_f26_a_click_while_sockets_are_cut_and_renewed_counts_once(polled: Stage) -> None:
    bo = complains(polled, "Socket", "Cut off in the middle")
    rita = polled.staff(RITA)
    card = rita.reads("Cut off in the middle")

    for how in ({"hard": True}, {"reason": "refresh_requested"}, {"reason": "warning"}):
        polled.play("slack/disconnect", **how)
        until(lambda: polled.look("state")["bot"]["slack"] == "socket", "a socket stands again")

    def is_claimed() -> bool:
        # Slack shows a warning sign where a click got no answer, and people click again
        with suppress(AssertionError):
            rita.clicks("Claim", card)
        return "has read your message" in heard(bo)

    until(is_claimed, "the click has an effect")

    polled.play("slack/outage")
    polled.play("slack/disconnect", hard=True)
    rita.writes("@feedbackbot A new pair leaves today.", card)
    polled.later("3m")
    polled.play("slack/outage", seconds=0)
    until(lambda: polled.look("state")["bot"]["slack"] == "socket", "a socket stands again")
    polled.while_time_passes(lambda: "A new pair leaves today." in heard(bo), "it arrived")

    until(polled.has_settled, "everything is stored")
    assert heard(bo).count("A new pair leaves today.") == 1
    assert marks(polled, "A new pair leaves today.") == ["white_check_mark"]


def heard(phone: Phone) -> str:
    return "\n".join(phone.heard())


def marks(stage: Stage, words: str) -> list[str]:
    """The reactions on somebody's message."""
    found = [m for m in stage.look("state")["slack"]["messages"] if words in m["text"]]
    names = [r["name"] for message in found for r in message.get("reactions", [])]
    return [name for name in names if name != "eyes"]


def test_f27_an_event_that_the_database_held_up_is_delivered_again_and_applied_once(
    polled: Stage,
) -> None:
    bo = complains(polled, "Held", "Held up in the database")
    rita = polled.staff(RITA)
    card = rita.reads("Held up in the database")
    until(polled.has_settled, "everything is stored")

    with locked(polled):
        rita.writes("@feedbackbot You were right.", card)
        time.sleep(3.5)
        polled.later("5s")
    polled.later("1m")
    polled.while_time_passes(lambda: "You were right." in heard(bo), "it arrived")
    polled.later("6m")
    until(polled.has_settled, "everything is stored")

    assert heard(bo).count("You were right.") == 1


def test_f28_of_two_who_act_at_once_one_owns_it_and_both_are_heard_in_order(
    polled: Stage,
) -> None:
    bo = complains(polled, "Wanted", "Everybody wants to answer")
    rita, omar = polled.staff(RITA), polled.staff(OMAR)
    card = rita.reads("Everybody wants to answer")
    together(lambda: rita.clicks("Claim", card), lambda: omar.clicks("Claim", card))
    until(polled.has_settled, "everything is stored")
    owner, other = (
        (rita, omar)
        if polled.rows("select claimed_by from escalations order by id desc limit 1") == [(RITA,)]
        else (omar, rita)
    )
    assert "has claimed this" in other.is_told("has claimed this")

    form = owner.clicks("Reply", card)
    other_words = "@feedbackbot And a voucher."
    together(
        lambda: owner.submits(form, {"words": "A new pair leaves today."}),
        lambda: other.writes(other_words, card),
    )
    # nobody answers in another's name by accident: whoever does not own it is asked, and nothing is lost
    other.clicks("Take over and send", whisper(polled, other, "owns this, so nothing was sent"))
    until(lambda: "And a voucher." in heard(bo), "both are heard")
    until(polled.has_settled, "everything is stored")

    both = ("A new pair leaves today.", "And a voucher.")
    assert [heard(bo).count(words) for words in both] == [1, 1]
    assert heard(bo).index(both[0]) < heard(bo).index(both[1])
    sent = "select slack_user_id from staff_replies where delivered_at is not null order by id desc"
    assert polled.rows(sent)[:2] == [(other.user,), (owner.user,)]


def whisper(stage: Stage, staff: Staff, words: str) -> dict[str, Any]:
    """What only this person sees, with its buttons."""

    def find() -> dict[str, Any] | None:
        told = [
            post
            for post in stage.look("state")["slack"]["messages"]
            if post.get("ephemeral_for") == staff.user and words in post["text"]
        ]
        return told[-1] if told else None

    return until(find, f"{staff.user} is told {words!r}")


def test_f29_words_to_somebody_who_blocked_the_bot_are_crossed_with_the_reason(
    polled: Stage,
) -> None:
    bo = complains(polled, "Gone", "And now I am gone")
    rita = polled.staff(RITA)
    card = rita.reads("And now I am gone")
    polled.play("telegram/block", customer=bo.id)
    until(
        lambda: polled.rows(
            f"select 1 from customers where reach = 'blocked' and telegram_id = {bo.id}"
        ),
        "it is known",
    )

    rita.writes("@feedbackbot A new pair leaves today, Gone.", card)

    until(lambda: marks(polled, "leaves today, Gone") == ["x"], "the message is crossed")

    def told() -> bool:
        thread = json.dumps(polled.posts(SUPPORT, thread=card["ts"]))
        return "blocked the bot" in thread and "another way to reach them" in thread

    until(told, "the thread says why, and what else there is")

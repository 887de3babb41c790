"""F26 to F29: what staff do in Slack comes late, twice or at once; it counts once, and the customer hears it once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from acceptance.asking import until
from acceptance.people import Phone, Staff
from acceptance.platforms import SUPPORT
from acceptance.stage import Stage
from faults.scenes import complains, together

RITA, OMAR = "U0RITA", "U0OMAR"


def test_f26_a_click_after_sockets_were_cut_and_renewed_counts_once(polled: Stage) -> None:
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


def test_f26_what_a_socket_took_that_breaks_comes_over_the_other_and_counts_once(
    polled: Stage,
) -> None:
    """The bot has stored it, and its acknowledgement is lost: a click, a form, and a message."""
    bo = complains(polled, "Handed", "Handed from one to the other")
    rita = polled.staff(RITA)
    card = rita.reads("Handed from one to the other")

    with one_of_two_breaks(polled, "interactive"):
        rita.clicks("Claim", card)
    form = rita.clicks("Reply", card)
    with one_of_two_breaks(polled, "interactive"):
        rita.submits(form, {"words": "A new pair leaves today."})
    with one_of_two_breaks(polled, "events_api"):
        rita.writes("@feedbackbot And a voucher.", card)
    polled.while_time_passes(lambda: "And a voucher." in heard(bo), "it arrived")
    until(polled.has_settled, "everything is stored")

    said = ("has read your message", "A new pair leaves today.", "And a voucher.")
    assert [heard(bo).count(words) for words in said] == [1, 1, 1]
    claims = "select count(*) from audit where act = 'escalation.claimed' and subject like "
    newest = polled.rows("select max(id) from escalations")[0][0]
    assert polled.rows(f"{claims} 'escalation:{newest}'") == [(1,)]


@contextmanager
def one_of_two_breaks(stage: Stage, kind: str) -> Iterator[None]:
    """What happens inside goes over a connection that breaks before it is acknowledged."""

    def sockets() -> int:
        return int(stage.look("state")["slack"]["sockets"])

    until(lambda: sockets() == 2, "both stand")
    stage.play("slack/disconnect", during=kind)
    yield
    until(lambda: sockets() == 1, "one of them broke")


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

    with polled.locked():
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
    # what waited for a second thought may have been written down first
    delivered = "from staff_replies where delivered_at is not null order by delivered_at desc"
    assert polled.rows(f"select slack_user_id {delivered}")[:2] == [(other.user,), (owner.user,)]


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

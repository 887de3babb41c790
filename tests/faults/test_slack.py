"""F22 to F25: Slack is away, closed or slow; every complaint reaches a person, and none twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from acceptance.asking import until
from acceptance.people import Phone
from acceptance.platforms import MARKETING, SUPPORT
from acceptance.scenes import PASSED_ON, PUBLIC, QUOTE, REASON, REMEDY, agrees_to_be_quoted
from acceptance.stage import Stage
from faults.pager import pager
from faults.scenes import begins, cards, complains, trouble

RITA, OMAR, MIA = "U0RITA", "U0OMAR", "U0MIA"
CONVERSATIONS = Path(__file__).parents[2] / "conversations"


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
    # in the order in which they were queued; of complaints of one moment PostgreSQL may number either first
    named = alone.rows("select slack_thread_ts from escalations order by card_outbox_id")
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

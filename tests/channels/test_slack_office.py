"""Complaints and testimonials in Slack, over real sockets, as the people there see them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text

from complaining import Customer
from feedbackbot import reviewing
from feedbackbot.channels.slack_acts import act
from feedbackbot.channels.slack_forms import submit
from feedbackbot.channels.slack_modals import Origin
from feedbackbot.channels.slack_sockets import SlackSockets
from feedbackbot.errors import CustomerUnreachable, NotAllowed
from feedbackbot.house import House
from feedbackbot.models.audit import AuditEntry, Quarantined
from feedbackbot.models.database import Database
from feedbackbot.models.testimonial import Testimonial
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.sandbox.credentials import SLACK_TEAM
from feedbackbot.sandbox.rules import Rules
from feedbackbot.sandbox.serving import running
from slacking import MARKETING, MIA, OMAR, RITA, SUPPORT, Office, opened


@pytest.fixture
def sandbox() -> Iterator[SandboxClient]:
    with running(Rules(strict=False)) as client:
        yield client


@pytest.fixture
async def office(sandbox: SandboxClient, database: Database, house: House) -> AsyncIterator[Office]:
    async with opened(sandbox, database, house) as office:
        yield office


async def test_a_complaint_is_claimed_answered_and_resolved_in_slack(office: Office) -> None:
    bo = office.customer()
    await office.lets(bo.complains)
    card = await office.sees("The sole came off")

    await office.clicks(RITA, card, "Claim")
    await office.sees("Rita Sommer has claimed this")
    await office.fills(RITA, card, "Reply", words="A new pair is on its way.")
    await office.hears("A new pair is on its way.")
    echo = await office.sees("Rita Sommer to Bo: A new pair is on its way.")
    await office.until(lambda: _reacted(office, echo, "white_check_mark"))
    closed = await office.fills(RITA, card, "Resolve", cause="quality", action="sent a new pair")

    assert closed["closed"]
    await office.hears("For the team this is settled")
    await office.until(lambda: _shows(office, card, "Resolved by Rita Sommer"))
    assert _labels(await office.fresh(card)) == ["Reopen"]


async def test_what_no_script_raised_is_resolved_without_a_day(office: Office) -> None:
    bo = office.customer()
    await office.lets(lambda: bo.sends("human"))
    await office.lets(lambda: bo.writes("A pole snapped, it is urgent"))
    card = await office.sees("A pole snapped")

    closed = await office.fills(RITA, card, "Resolve", cause="quality")

    assert closed["closed"]
    await office.until(lambda: _shows(office, card, "Resolved by Rita Sommer"))
    assert "is asked on" not in json.dumps(await office.fresh(card))


async def test_a_resolve_form_says_what_the_customer_wrote_since_it_was_opened(
    office: Office,
) -> None:
    bo = office.customer()
    await office.lets(bo.complains)
    card = await office.sees("The sole came off")
    form = await office.clicks(RITA, card, "Resolve")
    await office.lets(lambda: bo.writes("It must be here by Friday"))

    sent = await office.plays("slack/submit", view_id=form["view_id"], values={"cause": "quality"})

    assert not sent["closed"]
    assert "Bo has written since you opened this" in str(sent)


async def test_of_two_who_claim_the_second_is_told_and_may_take_over(office: Office) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")

    await asyncio.gather(office.clicks(RITA, card, "Claim"), office.clicks(OMAR, card, "Claim"))
    told = await office.sees("has claimed this. Take over?")

    winner, loser = (RITA, OMAR) if told["ephemeral_for"] == OMAR else (OMAR, RITA)
    assert told["ephemeral_for"] == loser
    await office.clicks(loser, told, "Take over")
    name = {RITA: "Rita Sommer", OMAR: "Omar Haddad"}
    await office.sees(f"{name[loser]} has taken over from {name[winner]}.")
    await office.hears("has taken over")


async def test_an_addressed_message_reaches_the_customer_once_and_gets_its_mark(
    office: Office,
) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")

    ts = await office.says(RITA, card, "@feedbackbot We have sent <a new> pair :tada:")

    await office.until(lambda: _reacted(office, {**card, "ts": ts}, "white_check_mark"))
    said = [text for text in office.phone.texts() if "a new" in text]
    assert said == ["Rita, Birch & Lane:\nWe have sent <a new> pair 🎉"]


async def test_talk_in_the_thread_stays_inside_until_its_author_sends_it(office: Office) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")
    await office.settles()
    before = office.phone.texts()

    await office.says(RITA, card, "Was this the bad batch?")
    told = await office.sees("Only your team saw this")
    assert office.phone.texts() == before
    await office.clicks(RITA, told, "Send to Bo")

    await office.hears("Was this the bad batch?")


async def test_an_edit_of_what_has_gone_out_is_not_sent(office: Office) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")
    ts = await office.says(RITA, card, "@feedbackbot One pair")
    await office.hears("One pair")

    await office.plays(
        "slack/edit", user=RITA, channel=SUPPORT, ts=ts, text="@feedbackbot Two pairs"
    )

    await office.sees("The edit was not sent")
    assert not any("Two pairs" in text for text in office.phone.texts())


async def test_whoever_addressed_words_that_could_not_be_applied_is_told_once_that_nothing_was_sent(
    office: Office,
) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")
    await office.settles()
    office.database.write(lambda s: s.execute(text("alter table staff_replies rename to away")))

    await office.says(RITA, card, "@feedbackbot A new pair is on its way")
    told = await office.sees("nothing of it was sent")
    await office.says(OMAR, card, "Is that so?")
    await office.until(lambda: _in_quarantine(office) == 2)

    assert "pair" not in _kept(office)
    assert card["ts"] in _kept(office)
    office.database.write(lambda s: s.execute(text("alter table away rename to staff_replies")))
    await office.settles()
    assert (told["ephemeral_for"], told["thread_ts"]) == (RITA, card["ts"])
    assert [one["ephemeral_for"] for one in await _with_words(office, "could not take")] == [RITA]
    await office.says(RITA, card, "@feedbackbot A new pair is on its way")
    await office.hears("A new pair is on its way")


async def test_a_button_that_could_not_be_applied_is_kept_without_the_card_it_stands_on(
    office: Office,
) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")
    await office.settles()
    office.database.write(lambda s: s.execute(text("alter table timers rename to away")))

    await office.clicks(RITA, card, "Claim")
    await office.until(lambda: _in_quarantine(office) == 1)

    office.database.write(lambda s: s.execute(text("alter table away rename to timers")))
    assert '"action_id": "claim"' in _kept(office)
    assert not any(word in _kept(office) for word in ("sole", "Bo", "1022", "Trail"))


async def test_words_that_did_not_arrive_are_crossed_with_the_reason(office: Office) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")
    await office.settles()
    office.phone.failure = CustomerUnreachable()

    ts = await office.says(RITA, card, "@feedbackbot We have sent a new pair")

    await office.until(lambda: _reacted(office, {**card, "ts": ts}, "x"))
    line = await office.sees("This did not reach Bo")
    assert "blocked the bot" in json.dumps(line)


async def test_a_form_says_what_is_wrong_with_it_and_stays_open(office: Office) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")
    view = (await office.clicks(RITA, card, "Resolve"))["view_id"]

    filled = {"cause": "quality", "day": "2020-01-01"}
    answer = await office.plays("slack/submit", view_id=view, values=filled)

    assert not answer["closed"]
    assert answer["errors"]["day"].startswith("Choose a day from tomorrow")


async def test_a_form_of_a_complaint_that_changed_hands_is_refused(office: Office) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")
    view = (await office.clicks(RITA, card, "Reply"))["view_id"]
    await office.clicks(OMAR, card, "Claim")

    answer = await office.plays("slack/submit", view_id=view, values={"words": "Hello Bo"})

    assert "Omar Haddad has claimed this" in answer["errors"]["words"]
    assert not any("Hello Bo" in text for text in office.phone.texts())


async def test_a_press_that_came_too_late_is_explained(
    office: Office, sandbox: SandboxClient
) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")
    fault = {"platform": "slack", "method": "views.open", "times": 1, "status": 200}
    await office.plays("faults", **fault, error="expired_trigger_id")

    await office.clicks(RITA, card, "Reply")

    assert (await office.sees("Press once more"))["ephemeral_for"] == RITA


async def test_the_reply_form_shows_the_customer_that_somebody_is_typing(office: Office) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")

    await office.clicks(RITA, card, "Reply")

    await office.until(lambda: any(one.kind == "typing" for one in office.phone.sent))


async def test_marketing_approves_what_it_saw(office: Office) -> None:
    ada = office.customer("Ada", 111_000_111)
    await office.lets(ada.praises)
    card = await office.sees("Light as a feather", MARKETING)

    await office.clicks(MIA, card, "Approve")

    await office.until(lambda: _shows(office, card, "Approved by Mia Lund"))
    await office.hears("public now")


async def test_marketing_asks_for_an_edit_and_approves_after_the_yes(office: Office) -> None:
    ada = office.customer("Ada", 111_000_111)
    await office.lets(ada.praises)
    card = await office.sees("Light as a feather", MARKETING)

    await office.fills(MIA, card, "Ask to edit", text="Light as a feather.")
    await office.hears("Nothing is public unless you agree")
    await office.lets(lambda: ada.taps("agree"))
    await office.sees("Ada agrees to the new text", MARKETING)
    await office.until(lambda: _shows(office, card, "Not public yet"))
    await office.clicks(MIA, await office.fresh(card), "Approve")

    await office.until(lambda: _shows(office, card, "Approved by Mia Lund"))


async def test_approving_an_old_card_is_refused_and_shows_the_new_one(office: Office) -> None:
    ada = office.customer("Ada", 111_000_111)
    quote = await office.lets(ada.praises)
    card = await office.sees("Light as a feather", MARKETING)
    await office.settles()

    def shortens() -> None:
        # as if Slack had not yet taken the newer card when Mia pressed the button of the old one
        ada.write(lambda s: setattr(s.get_one(Testimonial, quote), "item", "Road shoes"))

    await office.lets(shortens)
    await office.clicks(MIA, card, "Approve")

    assert (await office.sees("has changed since", MARKETING))["ephemeral_for"] == MIA
    await office.until(lambda: _shows(office, card, "Road shoes"))
    await office.clicks(MIA, await office.fresh(card), "Approve")
    await office.until(lambda: _shows(office, card, "Approved by Mia Lund"))


@pytest.mark.parametrize(
    ("withdrawn_first", "kept"),
    [
        (True, ["withdrawn", "approval_refused"]),
        (False, ["approved", "withdrawn"]),
    ],
)
async def test_of_an_approval_and_a_withdrawal_both_are_kept_whichever_comes_first(
    office: Office, withdrawn_first: bool, kept: list[str]
) -> None:
    ada = office.customer("Ada", 111_000_111)
    quote = await office.lets(ada.praises)
    card = await office.sees("Light as a feather", MARKETING)
    await office.settles()

    def takes_back() -> None:
        ada.write(lambda s: reviewing.withdraw(s, office.house, quote, now=ada.now))

    if withdrawn_first:
        # the newer card is not there yet when Mia presses the button of the old one
        await asyncio.to_thread(takes_back)
    await office.clicks(MIA, card, "Approve")
    await office.until(lambda: len(_decided(ada)) == (2 if withdrawn_first else 1))
    if not withdrawn_first:
        await office.lets(takes_back)

    assert _decided(ada) == kept
    await office.until(lambda: _shows(office, card, "Taken back by Ada"))


async def test_rejecting_wants_a_reason(office: Office) -> None:
    await office.lets(office.customer("Ada", 111_000_111).praises)
    card = await office.sees("Light as a feather", MARKETING)

    await office.fills(MIA, card, "Reject", reason="off_topic")

    await office.until(lambda: _shows(office, card, "Rejected by Mia Lund"))


async def test_a_guest_can_do_nothing_and_hears_why(office: Office, sandbox: SandboxClient) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")
    fault = {"platform": "slack", "method": "users.info", "times": 1, "status": 200}
    await office.plays("faults", **fault, error="user_not_found")

    await office.clicks(OMAR, card, "Claim")

    assert (await office.sees("I don't know you"))["ephemeral_for"] == OMAR
    acts = office.database.read(lambda s: [row.act for row in s.query(AuditEntry)])
    assert "escalation.claimed" not in acts


async def test_a_lost_answer_of_slack_makes_no_second_card(office: Office) -> None:
    fault = {"platform": "slack", "method": "chat.postMessage", "times": 1}
    await office.plays("faults", **fault, drop="after")

    await office.lets(office.customer().complains)
    await office.sees("The sole came off")
    await office.settles()
    await asyncio.sleep(1.2)
    await office.settles()

    cards = [one for one in await office.posts() if "came off" in json.dumps(one)]
    assert len(cards) == 1
    await office.clicks(RITA, cards[0], "Claim")
    await office.until(lambda: _shows(office, cards[0], "Rita Sommer has claimed this"))


async def test_work_goes_on_when_slack_renews_its_connections(office: Office) -> None:
    await office.lets(office.customer().complains)
    card = await office.sees("The sole came off")

    await office.plays("slack/disconnect", reason="refresh_requested")
    await asyncio.sleep(0.3)
    await office.clicks(RITA, card, "Claim")

    await office.until(lambda: _shows(office, card, "Rita Sommer has claimed this"))


async def test_a_form_that_arrives_twice_counts_once(office: Office) -> None:
    case = await office.lets(office.customer().complains)
    origin = Origin(id=case, channel=SUPPORT, thread_ts=None)
    words = {"words": {"words": {"type": "plain_text_input", "value": "A new pair, today."}}}
    view = {"id": "V1", "callback_id": "reply_form", "private_metadata": origin.to_json()}
    body = {
        "user": {"id": RITA, "team_id": SLACK_TEAM},
        "team": {"id": SLACK_TEAM},
        "view": view | {"state": {"values": words}},
    }

    assert await submit(office.inbox, body) == {}
    assert await submit(office.inbox, body) == {}

    await office.hears("A new pair, today.")
    await office.settles()
    assert len([text for text in office.phone.texts() if "A new pair, today." in text]) == 1


async def test_a_press_from_another_workspace_does_nothing(office: Office) -> None:
    case = await office.lets(office.customer().complains)
    pressed = {"action_id": "claim", "value": str(case)}
    body = {
        "user": {"id": RITA, "team_id": "T0EVIL"},
        "team": {"id": SLACK_TEAM},
        "actions": [pressed],
    }

    with pytest.raises(NotAllowed, match="Only members of this workspace"):
        await act(office.inbox, body)


async def test_a_house_opens_while_slack_is_away(office: Office, sandbox: SandboxClient) -> None:
    office.inbox.api.client.base_url = "http://127.0.0.1:9/slack/api/"
    sockets = SlackSockets(office.inbox, "xapp-sandbox", connections=1)

    await asyncio.wait_for(sockets.start(), timeout=6)

    assert not sockets.is_connected
    await asyncio.wait_for(sockets.close(), timeout=6)


INJECTIONS = (
    "<!channel> look",
    "<!here>",
    "<@U0RITA> pay me",
    "<!subteam^S123> all of you",
    "<https://evil.example|your bank>",
    "*Resolved by Rita Sommer* _really_ `code`",
    "@channel @here @everyone",
    "&lt;!channel&gt;",
    "safe\u202egnihtemos\u200b\u2066",
    ":rotating_light: # Heading\n> quoted\n---",
)


@pytest.mark.parametrize("words", INJECTIONS)
async def test_nothing_that_a_customer_writes_acts_in_slack(office: Office, words: str) -> None:
    bo = office.customer(name="<!channel>")

    await office.lets(lambda: bo.complains(words))
    await office.until(lambda: office.sandbox.calls("chat.postMessage"))
    await office.settles()

    for call in office.sandbox.calls("chat.postMessage"):
        sent = call["params"]
        blocks = sent["blocks"] if isinstance(sent["blocks"], list) else json.loads(sent["blocks"])
        assert not any(mark in sent["text"] for mark in ("<!", "<@", "<http"))
        assert not any(hidden in json.dumps(sent, ensure_ascii=False) for hidden in "\u202e\u200b")
        assert "mrkdwn" not in json.dumps(blocks)
        assert {one["type"] for one in _leaves(blocks)} <= {"text"}


async def test_work_goes_on_over_signed_http(
    sandbox: SandboxClient, database: Database, house: House
) -> None:
    async with opened(sandbox, database, house, over_http=True) as office:
        await office.lets(office.customer().complains)
        card = await office.sees("The sole came off")

        await office.fills(RITA, card, "Reply", words="A new pair is on its way.")
        await office.says(RITA, card, "@feedbackbot It left today.")

        await office.hears("It left today.")
        assert len([text for text in office.phone.texts() if "It left today." in text]) == 1


def _decided(ada: Customer) -> list[str]:
    """What the audit trail says of the testimonial, but for the consent to it."""
    acts = [act.removeprefix("testimonial.") for act in ada.acts()]
    return [act for act in acts if act in {"approved", "withdrawn", "approval_refused"}]


async def _with_words(office: Office, words: str) -> list[dict[str, object]]:
    return [post for post in await office.posts() if words in json.dumps(post)]


def _kept(office: Office) -> str:
    return office.database.read(lambda s: " ".join(str(one.raw) for one in s.query(Quarantined)))


def _in_quarantine(office: Office) -> int:
    return office.database.read(lambda s: s.query(Quarantined).count())


async def _shows(office: Office, card: dict[str, object], words: str) -> bool:
    return words in json.dumps(await office.fresh(card), ensure_ascii=False)


async def _reacted(office: Office, post: dict[str, object], name: str) -> bool:
    return name in {one["name"] for one in (await office.fresh(post)).get("reactions") or []}


def _labels(post: dict[str, object]) -> list[str]:
    blocks: list[dict[str, object]] = post["blocks"]  # type: ignore[assignment]
    return [
        one["text"]["text"]
        for block in blocks
        if block["type"] == "actions"
        for one in block["elements"]  # type: ignore[attr-defined]
    ]


def _leaves(part: object) -> Iterator[dict[str, str]]:
    """Every smallest part of rich text."""
    for block in part if isinstance(part, list) else []:
        if block.get("type") in {"actions", "context"}:
            continue
        if isinstance(block.get("elements"), list):
            yield from _leaves(block["elements"])
        elif not str(block.get("type")).startswith(("rich_text", "header", "section")):
            yield block

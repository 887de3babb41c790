"""The whole story over the wire: a purchase, a talk, a person who answers, words that become public."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from acceptance.platforms import MARKETING, SUPPORT, days_ago
from acceptance.scenes import begins, complains
from acceptance.stage import Stage

WORDS = "Light, dry and on my feet every day since they came."


def test_a_happy_customer_ends_up_on_the_wall_and_can_leave_it_again(stage: Stage) -> None:
    ada = stage.customer("Ada")
    mia = stage.staff("U0MIA")

    ada.opens(stage.purchase("1042", "Ada", delivered_at=days_ago(5)))
    ada.reads("how satisfied or dissatisfied")
    ada.taps("5 ★")
    ada.reads("main reason for your score")
    ada.writes(WORDS)
    ada.reads("Compared with what you expected")
    ada.taps("Better")
    ada.reads(WORDS)
    ada.taps("Yes, these")
    ada.reads("How shall we sign it?")
    ada.taps("Ada")
    assert f'"{WORDS}"' in ada.reads("This is exactly what people will see")
    ada.taps("I agree")
    ada.reads("A person looks at it first")
    assert stage.testimonials() == []

    card = mia.reads(WORDS, MARKETING)
    mia.clicks("Approve", card)

    ada.reads("Your words are public now")
    (public,) = stage.testimonials()
    assert (public["quote"], public["author"], public["rating"]) == (WORDS, "Ada", 5)

    ada.writes("/withdraw")
    ada.reads("Taken back")
    assert stage.testimonials() == []


def test_a_complaint_reaches_a_person_comes_back_answered_and_is_checked(stage: Stage) -> None:
    bo = stage.customer("Bo")
    rita = stage.staff("U0RITA")

    bo.opens(stage.purchase("1043", "Bo", delivered_at=days_ago(5)))
    bo.reads("how satisfied or dissatisfied")
    bo.taps("1 ★")
    bo.reads("main reason for your score")
    bo.writes("The sole came off *on the first day* <!channel>")
    bo.reads("What would put it right")
    bo.taps("Repair or replace it")
    bo.reads("I have given this to the team")

    card = rita.reads("The sole came off", SUPPORT)
    rita.clicks("Claim", card)
    bo.reads("Rita from Birch & Lane has read your message")

    form = rita.clicks("Reply", card)
    rita.submits(form, {"words": "A new pair leaves today."})
    bo.reads("A new pair leaves today.")

    bo.writes("Thank you. In size 42, please.")
    rita.reads("In size 42, please.", SUPPORT)
    rita.writes("he sounds nice, internal remark", card)
    rita.writes("@feedbackbot Size 42 it is.", card)
    bo.reads("Size 42 it is.")
    assert not any("internal remark" in (m.get("text") or "") for m in bo.messages())

    form = rita.clicks("Resolve", card)
    rita.submits(form, {"cause": "quality", "action": "Sent a new pair"})
    bo.reads("For the team this is settled")
    stage.later("3d")
    bo.reads("did we put it right?")
    bo.taps("Yes, solved")
    bo.reads("it was worth asking")
    rita.reads("solved", SUPPORT)


def test_of_two_people_who_claim_at_once_one_wins_and_the_other_is_told_who(
    quick_stage: Stage,
) -> None:
    stage = quick_stage
    rita, omar = stage.staff("U0RITA"), stage.staff("U0OMAR")
    bo = begins(stage, "1043", "Bo")
    complains(bo, "The sole came off", "An explanation")
    card = rita.reads("The sole came off", SUPPORT)

    with ThreadPoolExecutor() as both:
        list(both.map(lambda person: person.clicks("Claim", card), (rita, omar)))

    said = bo.reads("has read your message")
    loser, winner = (omar, "Rita") if "Rita" in said else (rita, "Omar")
    assert winner in loser.is_told(winner)
    assert sum("has read your message" in str(m.get("text")) for m in bo.messages()) == 1

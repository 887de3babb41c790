"""What belongs to customers: their copy, their silence, their no, their words taken back, and being forgotten."""

from __future__ import annotations

import io
import json

from PIL import Image

from acceptance.asking import ask, status_of, until
from acceptance.bot import API_TOKEN
from acceptance.looking import (
    copy_of,
    has_place,
    in_slack,
    on_disk,
    open_cards,
    public_pages,
    unsealed,
)
from acceptance.platforms import MARKETING, SUPPORT, days_ago
from acceptance.scenes import begins, complains, is_published
from acceptance.stage import Stage


def test_a_copy_holds_everything_of_one_customer_and_nothing_of_another(shop: Stage) -> None:
    abe, bea = begins(shop, "A-1", "Abe"), begins(shop, "B-2", "Bea")
    complains(abe, "The left sole came off", "Repair or replace it")
    complains(bea, "The right lace was missing", "Repair or replace it")

    text = copy_of(shop, abe)

    copy = json.loads(text)
    for his in ("Abe", "A-1", "Trail shoes", "The left sole came off", "swap"):
        assert his in text
    for hers in ("Bea", "B-2", "The right lace was missing"):
        assert hers not in text
    assert any("how satisfied" in one["text"] for one in copy["messages_to_you"])


def test_whoever_wants_to_be_forgotten_is_forgotten_everywhere(shop: Stage) -> None:
    stage = shop
    words = "These boots carried me over three passes and back again."
    complaint = "The receipt named somebody else, Xaver of all people"
    ada = begins(stage, "F-1042", "Adalind")
    is_published(stage, ada, "Adalind", words)
    ada.writes("/human")
    ada.reads("What is it about?")
    ada.writes(complaint)
    ada.reads("I have passed it on")
    card = stage.staff("U0RITA").reads(complaint, SUPPORT)
    everywhere = unsealed(stage)
    for hers in (words, complaint, "Adalind", "F-1042"):
        assert hers in everywhere
    assert words in public_pages(stage)
    link = stage.testimonials()[0]["link"].removeprefix(stage.bot)

    ada.writes("/forget")
    ada.reads("It can't be undone")
    ada.taps("Yes, delete everything")
    ada.reads("Deleted: everything you told us is gone.")
    until(lambda: complaint not in in_slack(stage), "Slack shows it no more")

    left, disk = unsealed(stage), on_disk(stage)
    for hers in (words, complaint):
        assert hers not in left
        assert hers.encode() not in disk
    until(lambda: words not in in_slack(stage), "marketing's card shows it no more")
    assert "Adalind" not in in_slack(stage)
    shown = stage.posts(SUPPORT, thread=card["ts"]) + stage.posts(SUPPORT)
    assert "Deleted at the customer's wish" in json.dumps(shown, ensure_ascii=False)
    assert words not in public_pages(stage)
    assert status_of(stage.bot + link) == 404

    before = len(ada.messages())
    body = {
        "source": "webshop",
        "order_id": "F-2000",
        "customer": {"id": "c-Adalind", "first_name": "Adalind"},
        "items": [{"name": "Lamp"}],
        "delivered_at": days_ago(0),
    }
    answer = ask(f"{stage.bot}/api/purchases", body, token=API_TOKEN)
    assert not (answer.get("invitation") or {}).get("link")
    assert len(ada.messages()) == before
    # what the write-ahead log still holds goes with an orderly stop
    assert stage.end_bot() == 0
    left, disk = unsealed(stage), on_disk(stage)
    stage.start_bot()
    for hers in (words, complaint, "Adalind", "F-1042", "F-2000", str(ada.id)):
        assert hers not in left, hers
        assert hers.encode() not in disk, hers


def test_no_to_the_question_about_forgetting_deletes_nothing(shop: Stage) -> None:
    ned = begins(shop, "N-1", "Ned")
    ned.writes("/forget")
    ned.reads("It can't be undone")

    ned.taps("No, keep it")

    ned.reads("Nothing was deleted.")
    ned.taps("4 ★")
    ned.reads("main reason for your score")


def test_after_a_stop_no_question_ever_comes(quick_stage: Stage) -> None:
    stage = quick_stage
    bo, cleo = begins(stage, "1042", "Bo"), begins(stage, "1043", "Cleo")
    bo.taps("2 ★")
    bo.reads("main reason for your score")

    bo.writes("/stop")
    bo.reads("Done, no more questions from me. What you told me has gone to the team.")
    heard = len(bo.heard())
    link = stage.purchase("1044", "Bo", delivered_at=days_ago(1))
    stage.later("2d")
    cleo.reads("No rush: one tap")
    stage.later("60d")
    until(lambda: not stage.rows("select 1 from timers where due_at < '2027-05-01'"), "all is due")
    until(stage.has_settled, "nothing waits")

    assert len(bo.heard()) == heard
    assert link.startswith("https://t.me/")
    bo.writes("stop")
    bo.reads("You have stopped me before")


def test_whoever_asks_for_a_person_gets_one_and_then_the_question_again(shop: Stage) -> None:
    hal, rita = begins(shop, "H-1", "Hal"), shop.staff("U0RITA")

    hal.writes("/human")
    hal.reads("What is it about?")
    hal.writes("Where can I have them resoled?")
    hal.reads("I have passed it on")
    card = rita.reads("Where can I have them resoled?", SUPPORT)
    rita.writes("@feedbackbot At our shop in Leith.", card)
    hal.reads("At our shop in Leith.")
    form = rita.clicks("Resolve", card)
    rita.submits(form, {"cause": "service", "action": "Told him where"})

    hal.reads("how satisfied or dissatisfied")
    hal.taps("4 ★")
    hal.reads("main reason for your score")


def test_privacy_says_who_keeps_what_for_how_long(shop: Stage) -> None:
    pia = begins(shop, "P-1", "Pia")

    pia.writes("/privacy")

    said = pia.reads("keeps your name")
    for fact in ("Birch & Lane", "two years", "https://birchandlane.example/privacy", "/forget"):
        assert fact in said


def test_a_quote_with_a_photo_is_on_the_wall_until_it_is_taken_back(shop: Stage) -> None:
    stage = shop
    fay, mia = begins(stage, "W-1", "Fay"), stage.staff("U0MIA")
    fay.taps("5 ★")
    fay.reads("main reason for your score")
    fay.writes("Comfortable from the very first step I took.")
    fay.reads("Compared with what you expected")
    fay.taps("Better")
    fay.reads("May we quote these words of yours?")
    fay.taps("I will write new ones")
    fay.reads("in your own words, good and less good")
    fay.sends(photo="sample", caption="Here they are on top of Ben Nevis.")
    fay.reads("How shall we sign it?")
    fay.taps("Fay")
    fay.reads("my photo")
    fay.taps("I agree")
    fay.reads("A person looks at it first")
    mia.clicks("Approve", mia.reads("on top of Ben Nevis", MARKETING))
    fay.reads("Your words are public now")

    (mine,) = (one for one in stage.testimonials() if "Ben Nevis" in one["quote"])
    address = str(mine["media_url"]).removeprefix(stage.bot)
    assert address in stage.file("/wall").decode()
    picture = stage.file(address)
    assert Image.open(io.BytesIO(picture)).format == "JPEG"
    assert not has_place(picture)

    fay.writes("/withdraw")
    fay.reads("Taken back")

    assert "Ben Nevis" not in public_pages(stage)
    assert status_of(stage.bot + address) == 404
    assert status_of(str(mine["link"])) == 404
    until(lambda: "Ben Nevis" not in open_cards(stage), "marketing can't approve it again")


def test_not_my_order_cuts_the_tie(shop: Stage) -> None:
    kit = begins(shop, "K-1", "Kit")

    kit.taps("Not my order")

    kit.reads("I have cut the tie between this chat and that order")
    assert "K-1" not in copy_of(shop, kit)

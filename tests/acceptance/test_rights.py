"""What belongs to customers: their copy, their silence, their no, their words taken back, and being forgotten."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from acceptance.stage import (
    API_TOKEN,
    MARKETING,
    OPENS_AT,
    SUPPORT,
    Phone,
    Stage,
    ask,
    days_ago,
    status_of,
    until,
)
from feedbackbot.models.database import open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.tables import TABLES
from feedbackbot.sandbox import samples

QUOTE = "Light, dry and on my feet every day since they came."


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One bot for customers who have nothing to do with each other."""
    stage = Stage(folder=tmp_path_factory.mktemp("rights"))
    try:
        yield stage.open()
    finally:
        stage.close()


def begins(stage: Stage, order_id: str, name: str, **more: Any) -> Phone:
    phone = stage.customer(name)
    phone.opens(stage.purchase(order_id, name, delivered_at=days_ago(5), **more))
    phone.reads("how satisfied or dissatisfied")
    return phone


def complains(stage: Stage, order_id: str, name: str, words: str) -> Phone:
    phone = begins(stage, order_id, name)
    phone.taps("1 ★")
    phone.reads("main reason for your score")
    phone.writes(words)
    phone.reads("What would put it right")
    phone.taps("Repair or replace it")
    phone.reads("I have given this to the team")
    return phone


def is_published(stage: Stage, order_id: str, name: str, words: str) -> Phone:
    phone = begins(stage, order_id, name)
    phone.taps("5 ★")
    phone.reads("main reason for your score")
    phone.writes(words)
    phone.reads("Compared with what you expected")
    phone.taps("Better")
    phone.reads(words)
    phone.taps("Yes, these")
    phone.reads("How shall we sign it?")
    phone.taps(name)
    phone.reads("This is exactly what people will see")
    phone.taps("I agree")
    mia = stage.staff("U0MIA")
    mia.clicks("Approve", mia.reads(words, MARKETING))
    phone.reads("Your words are public now")
    return phone


def copy_of(stage: Stage, phone: Phone) -> str:
    """The file that /mydata brings."""
    phone.writes("/mydata")
    phone.reads("Here is everything we keep about this chat")
    sent = [message for message in phone.messages() if "document" in message]
    return stage.file(sent[-1]["document"]["url"]).decode()


def in_slack(stage: Stage) -> str:
    """Everything that can be read in Slack now."""
    messages = stage.look("state")["slack"]["messages"]
    return json.dumps([one for one in messages if not one.get("deleted")], ensure_ascii=False)


def unsealed(stage: Stage) -> str:
    """Everything in the database as whoever has the key can read it."""
    keys = KeyRing.parse((stage.folder / "keys" / "key").read_text(), place=None)
    file = stage.folder / "data" / "feedbackbot.sqlite3"
    with closing(open_database(f"sqlite:///{file}", keys, now=OPENS_AT)) as database:
        return database.read(
            lambda session: "\n".join(
                str(row)
                for table in TABLES.values()
                for row in session.connection().execute(select(table))
            )
        )


def on_disk(stage: Stage) -> bytes:
    """The data folder as a thief would have it."""
    return b"".join(
        path.read_bytes() for path in sorted((stage.folder / "data").rglob("*")) if path.is_file()
    )


def public_pages(stage: Stage) -> str:
    pages = [stage.file("/api/testimonials"), stage.file("/wall")]
    export = stage.command("export", "testimonials").stdout
    return "".join(page.decode() for page in pages) + export


def test_a_copy_holds_everything_of_one_customer_and_nothing_of_another(shop: Stage) -> None:
    abe = complains(shop, "A-1", "Abe", "The left sole came off")
    complains(shop, "B-2", "Bea", "The right lace was missing")

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
    ada = is_published(stage, "F-1042", "Adalind", words)
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
    bo.reads("You won't get any more questions")
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

    said = pia.reads("keeps your first name")
    for fact in ("Birch & Lane", "two years", "https://birchandlane.example/privacy", "/forget"):
        assert fact in said


def test_a_photo_reaches_slack_without_its_place_and_is_kept_sealed(shop: Stage) -> None:
    stage, original = shop, samples.photo()
    assert has_place(original)
    gus = begins(stage, "G-1", "Gus")
    gus.taps("1 ★")
    gus.reads("main reason for your score")
    gus.sends(photo="sample", caption="See for yourself, says Gus")
    gus.reads("What would put it right")
    gus.taps("Money back")
    card = stage.staff("U0RITA").reads("See for yourself, says Gus", SUPPORT)

    file = until(lambda: picture_in(stage, card["ts"]), "the photo is in the thread")

    shown = stage.file(file["url"])
    assert Image.open(io.BytesIO(shown)).size == (1024, 768)
    assert not has_place(shown)
    assert b"Exif" not in shown
    disk = on_disk(stage)
    assert original[2000:2200] not in disk
    assert shown[2000:2200] not in disk


def picture_in(stage: Stage, thread: str) -> dict[str, Any] | None:
    posts = stage.posts(SUPPORT, thread=thread)
    return next((file for post in posts for file in post.get("files", [])), None)


def has_place(picture: bytes) -> bool:
    return bool(Image.open(io.BytesIO(picture)).getexif().get_ifd(0x8825))


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


def open_cards(stage: Stage) -> str:
    """Cards in marketing's channel that can still be acted on."""
    cards = [json.dumps(post, ensure_ascii=False) for post in stage.posts(MARKETING)]
    return "".join(card for card in cards if "Approve" in card or "Take down" in card)


def test_a_link_in_a_second_hand_tells_nothing_of_the_order(shop: Stage) -> None:
    stage = shop
    link = stage.purchase(
        "L-77", "Lucinda", delivered_at=days_ago(5), items=[{"name": "A secret present"}]
    )
    lucinda, eve = stage.customer("Lucinda"), stage.customer("Eve")
    lucinda.opens(link)
    lucinda.reads("how satisfied or dissatisfied")

    eve.opens(link)
    eve.reads("opened in another Telegram account")
    eve.taps("Ask a person")
    eve.reads("What is it about?")
    eve.writes("My sister has opened it, but it is mine")
    eve.reads("I have passed it on")

    stage.staff("U0RITA").reads("My sister has opened it", SUPPORT)
    told = "\n".join(eve.heard())
    assert not re.search("L-77|Lucinda|secret present", told)
    lucinda.taps("5 ★")
    lucinda.reads("main reason for your score")


def test_not_my_order_cuts_the_tie(shop: Stage) -> None:
    kit = begins(shop, "K-1", "Kit")

    kit.taps("Not my order")

    kit.reads("I have cut the tie between this chat and that order")
    assert "K-1" not in copy_of(shop, kit)


def test_guessed_links_are_all_answered_alike_and_then_not_at_all(shop: Stage) -> None:
    mal = shop.customer("Mal")
    for number in range(14):
        mal.opens(f"https://t.me/feedback_demo_bot?start=guess{number:017d}")
    tid = begins(shop, "T-1", "Tid")
    until(shop.has_settled, "everybody has been answered")

    heard = mal.heard()
    assert tid.heard()
    assert 0 < len(heard) <= 10
    assert len(set(heard)) == 1


def test_what_stands_in_the_files_beside_the_database_is_unreadable(shop: Stage) -> None:
    customer = {"id": "c-99", "first_name": "Zoraida", "email": "zoraida@example.org"}
    zoe = begins(shop, "Z-1", "Zoraida", customer=customer)
    zoe.taps("1 ★")
    zoe.reads("main reason for your score")
    zoe.writes("A scorpion sat in the left one")
    zoe.reads("What would put it right")

    disk = on_disk(shop)
    for secret in (b"Zoraida", b"scorpion", API_TOKEN.encode()):
        assert secret not in disk
    assert not list(Path(shop.folder / "data").rglob("*.key"))

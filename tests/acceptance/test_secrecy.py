"""What nobody else gets to see: an order behind its link, a place in a photo, words in the files on the disk."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from PIL import Image

from acceptance.asking import until
from acceptance.bot import API_TOKEN
from acceptance.looking import has_place, on_disk
from acceptance.platforms import SUPPORT, days_ago
from acceptance.scenes import begins
from acceptance.stage import Stage
from feedbackbot.sandbox import samples


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

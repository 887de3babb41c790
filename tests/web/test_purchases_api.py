"""The shop's door: purchases in, links out."""

from __future__ import annotations

from typing import Any

from crowding import crowded
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.web.bodies import LARGEST
from served import Web

PURCHASE: dict[str, Any] = {
    "source": "webshop",
    "order_id": "1042",
    "customer": {"id": "c-7", "first_name": "Ada", "language": "en", "email": "ada@example.org"},
    "items": [{"name": "Trail shoes", "sku": "TS-1"}],
    "total": "89.90",
    "currency": "GBP",
    "purchased_at": "2026-11-14T09:30:00Z",
}


def test_a_purchase_gets_a_link_that_telegram_accepts(web: Web) -> None:
    answer = web.post("/api/purchases", PURCHASE)

    assert answer.status == 201
    start = answer.json["invitation"]["link"].removeprefix("https://t.me/SomaFeedbackBot?start=")
    assert 22 <= len(start) <= 64
    assert answer.json["purchase"]["order_id"] == "1042"


def test_the_same_purchase_again_keeps_its_link_and_takes_what_is_new(web: Web) -> None:
    first = web.post("/api/purchases", PURCHASE)

    again = web.post("/api/purchases", PURCHASE | {"delivered_at": "2026-11-16T12:00:00Z"})

    assert again.status == 200
    assert again.json["invitation"]["link"] == first.json["invitation"]["link"]
    assert again.json["purchase"]["delivered_at"].startswith("2026-11-16T12:00")


def test_without_the_token_nothing_is_taken(web: Web) -> None:
    assert web.post("/api/purchases", PURCHASE, token=None).status == 401
    assert web.post("/api/purchases", PURCHASE, token="guessed").status == 401
    assert web.post("/api/purchases", PURCHASE).status == 201


def test_a_wrong_purchase_is_told_the_place_and_the_remedy(web: Web) -> None:
    answer = web.post("/api/purchases", PURCHASE | {"purchased_at": "yesterday"})

    assert answer.status == 422
    assert answer.json["field"] == "purchased_at"
    assert "2026-" in answer.json["error"] or "ISO" in answer.json["error"]


def test_no_link_is_given_out_before_the_bot_knows_its_own_name(web: Web, house: House) -> None:
    known, house.bot_username = house.bot_username, ""
    refused = web.post("/api/purchases", PURCHASE)
    house.bot_username = known

    assert refused.status == 503
    assert refused.headers["retry-after"] == "10"
    assert "send it again" in refused.json["error"]
    assert web.post("/api/purchases", PURCHASE).status == 201


def test_while_too_much_waits_for_its_commit_the_shop_is_to_come_again(
    web: Web, database: Database
) -> None:
    with crowded(database):
        refused = web.post("/api/purchases", PURCHASE)

    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert "nothing was stored" in refused.json["error"]
    assert web.post("/api/purchases", PURCHASE).status == 201


def test_what_is_not_json_is_told_so(web: Web) -> None:
    assert web.post("/api/purchases", b"{not json").status == 400
    assert web.post("/api/purchases", [PURCHASE]).status == 400
    assert web.post("/api/purchases", b"x" * (LARGEST + 1)).status == 413


def test_the_link_is_to_be_had_as_a_picture_by_the_shop_alone(web: Web) -> None:
    web.post("/api/purchases", PURCHASE)

    picture = web.get(
        "/api/purchases/webshop/1042/qr.svg",
        headers={"Authorization": "Bearer a-token-for-the-shop"},
    )

    assert picture.status == 200
    assert picture.body.lstrip().startswith((b"<?xml", b"<svg"))
    assert web.get("/api/purchases/webshop/1042/qr.svg").status == 401

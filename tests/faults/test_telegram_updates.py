"""F10 to F12, F17 to F19, F21 and F43: what comes from Telegram is late, twice, poisonous or cut short, and is heard all the same."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from acceptance.asking import free_port, until
from acceptance.platforms import SUPPORT
from acceptance.scenes import ASKED, PASSED_ON, REASON, REMEDY, readiness, said_twice
from acceptance.stage import Stage
from acceptance.webhooks import from_telegram
from faults.scenes import answers, begins, cards, trouble
from feedbackbot.sandbox import TELEGRAM_TOKEN

# ------------------------------------------------------------------------- receiving


def test_f10_a_late_tap_changes_nothing_that_was_answered_since(polled: Stage) -> None:
    bo = begins(polled, "Overtaken")
    five = {"customer": bo.id, "message_id": bo.seen, "data": "1:5", "stale": True}
    bo.taps("1 ★")
    bo.reads(REASON)

    with polled.bot_away():
        polled.play("telegram/tap", **five)
        bo.writes("The sole came off")
        polled.play("telegram/tap", **five)
    bo.reads(REMEDY)
    until(polled.has_settled, "everything is stored")

    assert answers(polled, bo) == [("rate", 1.0), ("what_happened", None)]
    assert "I have your answer already" in json.dumps(polled.calls("answerCallbackQuery")[-2:])


def test_f10_an_answer_to_the_second_question_before_the_first_is_kept_as_words(
    polled: Stage,
) -> None:
    bo = begins(polled, "Hasty")

    with polled.bot_away():
        bo.writes("The sole came off, that is my reason")
        bo.taps("1 ★")
    bo.reads(REASON)
    until(polled.has_settled, "everything is stored")

    assert answers(polled, bo) == [("rate", 1.0)]
    kept = f"select count(*) from messages join customers c on c.id = customer_id where telegram_id = {bo.id}"
    assert polled.rows(f"{kept} and messages.kind = 'text'") == [(1,)]


def test_f11_of_two_taps_the_first_counts_and_an_old_keyboard_is_answered_kindly(
    hooked: Stage,
) -> None:
    bo = begins(hooked, "Twice")
    stars = {"customer": bo.id, "message_id": bo.seen, "stale": True}
    hooked.play("telegram/tap", **stars, data="1:1")
    hooked.play("telegram/tap", **stars, data="1:4")
    bo.reads(REASON)
    bo.writes("The sole came off")
    bo.reads(REMEDY)

    hooked.later("7d")
    before = len(hooked.calls("answerCallbackQuery"))
    hooked.play("telegram/tap", **stars, data="1:5", inaccessible=True)
    until(lambda: len(hooked.calls("answerCallbackQuery")) > before, "the tap is answered")
    assert "I have your answer already" in json.dumps(hooked.calls("answerCallbackQuery")[-1])

    assert answers(hooked, bo) == [("rate", 1.0), ("what_happened", None)]
    assert said_twice(bo) == []


POISON = {
    "no JSON": b'{"update_id": 1, "message": ',
    "no UTF-8": b'{"update_id": 2, "message": {"text": "\xff\xfe"}}',
    "no object": b'["update_id", 3]',
    "an unknown kind with nonsense": b'{"update_id": 4, "callback_query": {"id": 7, "from": "x"}}',
    "a text of a megabyte": b'{"update_id": 5, "message": {"text": "%s"}}' % (b"x" * 1_000_000),
    "more than can be read": b'{"update_id": 6, "message": {"text": "%s"}}' % (b"x" * 5_000_000),
}


@pytest.mark.parametrize("kind", POISON)
def test_f12_poison_is_put_aside_and_its_sender_is_heard_again(hooked: Stage, kind: str) -> None:
    pat = begins(hooked, "Pat")
    (before,) = hooked.rows("select count(*) from quarantine")[0]

    assert from_telegram(hooked, POISON[kind]) == 200
    pat.taps("1 ★")
    pat.reads(REASON)

    assert hooked.rows("select count(*) from quarantine") == [(before + 1,)]
    listed = hooked.command("quarantine", "list")
    assert listed.returncode == 0
    assert "telegram" in listed.stdout
    assert readiness(hooked).status == 200


def test_f12_a_customers_later_words_pass_a_poisonous_one_of_theirs(hooked: Stage) -> None:
    pat = begins(hooked, "Toxic")
    poison = {"chat": {"id": pat.id, "type": "private"}, "from": {"id": pat.id}, "text": 7}

    hooked.play("telegram/update", message=poison)
    pat.taps("1 ★")

    pat.reads(REASON)
    hooked.staff("U0RITA").reads("in quarantine", SUPPORT)


def test_f12_half_an_emoji_is_no_poison(hooked: Stage) -> None:
    pat = begins(hooked, "Emoji")
    pat.taps("1 ★")
    pat.reads(REASON)

    person = {"id": pat.id, "is_bot": False, "first_name": "Emoji"}
    chat = {"chat": {"id": pat.id, "type": "private"}, "from": person}
    message = {"message_id": 77, "date": 1, **chat, "text": "The sole \ud83d came off"}
    body = json.dumps({"update_id": 7_000_001, "message": message}).encode()
    assert from_telegram(hooked, body) == 200

    pat.reads(REMEDY)


def test_f17_after_ten_minutes_texts_are_applied_in_order_and_open_questions_put_once_more(
    alone: Stage,
) -> None:
    ada, bo = begins(alone, "Ada"), begins(alone, "Bo")
    ada.taps("1 ★")
    ada.reads(REASON)

    with alone.bot_away():
        ada.writes("The sole came off")
        ada.writes("and the box was crushed")
        bo.taps("1 ★")
        alone.later("10m")
    ada.reads(REMEDY)
    assert "out of order" in bo.reads(ASKED)
    until(alone.is_done, "everything has left")

    texts = "select count(*) from messages join customers c on c.id = customer_id"
    assert alone.rows(f"{texts} where telegram_id = {ada.id} and messages.kind = 'text'") == [(2,)]
    assert sum("out of order" in text for text in bo.heard()) == 1
    bo.taps("1 ★")
    bo.reads(REASON)


def test_f18_after_thirty_hours_the_operator_is_told_that_messages_may_be_lost(
    alone: Stage,
) -> None:
    bo = begins(alone, "Bo")

    with alone.bot_away():
        bo.writes("Is anybody there?")
        alone.later("30h")
    bo.reads(ASKED)

    alone.staff("U0RITA").reads("The bot was away for 30 hours", SUPPORT)
    assert "messages_may_be_lost" in alone.log()
    assert sum("away for 30 hours" in str(post) for post in alone.posts(SUPPORT)) == 1


def test_f19_of_two_programs_with_one_token_one_stands_by_and_takes_over(
    alone: Stage, tmp_path: Path
) -> None:
    bo = begins(alone, "Bo")
    other = Stage(folder=tmp_path / "other", sandbox=alone.sandbox)
    other.folder.mkdir()
    other.bot = f"http://127.0.0.1:{free_port()}"
    other.start_bot()
    try:
        until(lambda: "Another program" in trouble(alone), "the first stands by")
        conflicts = len([c for c in alone.calls("getUpdates") if c["status"] == 409])
        time.sleep(7)
        assert len([c for c in alone.calls("getUpdates") if c["status"] == 409]) == conflicts == 1
        assert alone.log().count("telegram_polling_paused") == 1
        assert "telegram_polling_paused" not in other.log()
    finally:
        other.kill_bot()

    bo.taps("1 ★")
    bo.reads(REASON)
    assert said_twice(bo) == []


#: the same bot's, as BotFather gives it out after /revoke
NEW_TOKEN = TELEGRAM_TOKEN[:-4] + "BBBB"


def test_f21_a_revoked_token_is_one_alarm_and_nothing_is_lost(alone: Stage) -> None:
    bo = begins(alone, "Bo")
    alone.fault("telegram", "sendMessage", html=True)
    bo.taps("1 ★")
    until(lambda: alone.rows("select 1 from outbox where attempts = 1 and status = 'waiting'"), "")
    alone.play("telegram/token", revoked=True)

    until(lambda: "TELEGRAM_BOT_TOKEN" in trouble(alone), "/readyz is red")
    alone.while_time_passes(lambda: told(alone), "staff are told")

    assert alone.end_bot() == 1
    assert len(told(alone)) == 1
    assert alone.rows("select count(*) from outbox where status = 'waiting'") == [(1,)]
    bo.writes("Is anybody there?")
    alone.play("telegram/token", token=NEW_TOKEN)
    alone.start_bot(TELEGRAM_BOT_TOKEN=NEW_TOKEN)

    bo.reads(REASON)
    bo.reads(REMEDY)
    assert said_twice(bo) == []


def told(stage: Stage) -> list[dict[str, object]]:
    """What staff heard of the token."""
    return cards(stage, "TELEGRAM_BOT_TOKEN")


# ------------------------------------------------------------------------- files


def test_f43_a_photo_that_is_cut_short_is_fetched_again(polled: Stage) -> None:
    bo = begins(polled, "Photo")
    bo.taps("1 ★")
    bo.reads(REASON)
    polled.fault("telegram", "file", drop="after")
    polled.fault("telegram", "file", status=404)
    polled.fault(
        "telegram",
        "getFile",
        status=400,
        error="Bad Request: wrong file_id or the file is temporarily unavailable",
    )
    polled.fault("telegram", "getFile", html=True, times=2)

    bo.sends(photo="sample", caption="The sole came off")
    bo.reads(REMEDY)

    kept = "select 1 from media where status = 'stored'"
    polled.while_time_passes(lambda: polled.rows(kept), "the photo is here")
    assert answers(polled, bo)[-1][0] == "what_happened"
    assert not any("again" in text for text in bo.heard()[-1:])


def test_f43_what_is_too_large_is_asked_for_once_in_another_form(polled: Stage) -> None:
    bo = begins(polled, "Video")
    bo.taps("1 ★")
    bo.reads(REASON)

    bo.sends(video="sample", big=21 * 1024 * 1024, caption="The sole came off")

    bo.reads(REMEDY)
    bo.taps("Money back")
    bo.reads(PASSED_ON)
    until(polled.has_settled, "everything is stored")
    assert polled.rows(
        f"select count(*) from media join customers c on c.id = customer_id where telegram_id = {bo.id} "
        "and status = 'lost'"
    ) == [(1,)]
    assert answers(polled, bo)[1][0] == "what_happened"
    assert sum("over 20 MB" in text for text in bo.heard()) == 1

from __future__ import annotations

from typing import Any

import pytest

from feedbackbot import sandbox
from feedbackbot.channels.base import Bytes, Outgoing
from feedbackbot.channels.telegram import TelegramBot, TelegramChannel
from feedbackbot.errors import ChannelBusy, CustomerUnreachable, DeliveryError, MaybeSent, NotSent
from feedbackbot.sandbox.client import SandboxClient


def outgoing(customer: int, kind: str = "text", **more: Any) -> Outgoing:
    values: dict[str, Any] = {"payload": {"text": "How was it?"}, **more}
    return Outgoing(id=1, channel="telegram", address=str(customer), kind=kind, **values)


def faulty(platforms: SandboxClient, method: str = "sendMessage", **how: object) -> None:
    platforms.post("faults", platform="telegram", method=method, times=1, **how)


async def test_markup_in_words_is_only_words(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()

    await channel.send(outgoing(ada, payload={"text": "<b>1 < 2</b> & [x](https://evil.example)"}))

    assert platforms.phone(ada)[-1]["text"] == "<b>1 < 2</b> & [x](https://evil.example)"


async def test_buttons_carry_question_and_choice_or_a_link(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    rows = [
        [{"label": "Good", "choice": "good", "url": None}],
        [{"label": "More", "choice": "", "url": "https://shop.example/more"}],
    ]

    await channel.send(outgoing(ada, payload={"text": "How?", "buttons": rows}, visit=12))

    buttons = platforms.phone(ada)[-1]["buttons"]
    assert [b["text"] for row in buttons for b in row] == ["Good", "More"]
    assert buttons[0][0]["data"] == "12:good"
    assert buttons[1][0]["url"] == "https://shop.example/more"


async def test_buttons_are_taken_away_and_a_second_time_is_no_error(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    rows = [[{"label": "Good", "choice": "good", "url": None}]]
    sent = await channel.send(outgoing(ada, payload={"text": "How?", "buttons": rows}, visit=1))
    edit = outgoing(ada, "buttons", payload={"buttons": []}, about=sent.platform_id)

    await channel.send(edit)
    again = await channel.send(edit)

    assert not platforms.phone(ada)[-1].get("buttons")
    assert again.platform_id is None


async def test_a_picture_goes_with_its_words(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    file = Bytes(name="data.json", mime="application/json", content=b"{}")

    await channel.send(outgoing(ada, "document", payload={"caption": "Yours"}, attachment=file))

    shown = platforms.phone(ada)[-1]
    assert shown["document"]["name"] == "data.json"
    assert shown["caption"] == "Yours"


async def test_the_eyes_are_set_on_the_customers_message(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    number = platforms.says(ada, "The sole came off")

    await channel.send(
        outgoing(ada, "reaction", payload={"message_key": f"{ada}:{number}", "emoji": "👀"})
    )

    shown = next(m for m in platforms.phone(ada) if m["message_id"] == number)
    assert shown["reaction"] == "👀"


async def test_a_customer_who_blocked_the_bot_is_unreachable(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    platforms.post("telegram/block", customer=ada)

    with pytest.raises(CustomerUnreachable):
        await channel.send(outgoing(ada))


async def test_an_unknown_chat_is_unreachable(channel: TelegramChannel) -> None:
    with pytest.raises(CustomerUnreachable):
        await channel.send(outgoing(999_999_999))


async def test_an_unknown_403_is_not_taken_as_the_end(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    faulty(platforms, status=403, error="Forbidden: something new")

    with pytest.raises(NotSent):
        await channel.send(outgoing(ada))


async def test_a_429_says_how_long_to_wait(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    faulty(platforms, status=429, error="Too Many Requests: retry after 35", retry_after=35)

    with pytest.raises(ChannelBusy) as busy:
        await channel.send(outgoing(ada))

    assert busy.value.retry_after == 35


async def test_an_html_error_page_is_safe_to_repeat(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    faulty(platforms, html=True)

    with pytest.raises(NotSent):
        await channel.send(outgoing(ada))


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_connection_cut_on_the_way_leaves_it_open_whether_it_arrived(
    channel: TelegramChannel, platforms: SandboxClient, when: str
) -> None:
    ada = platforms.customer()
    faulty(platforms, drop=when)

    with pytest.raises(MaybeSent):
        await channel.send(outgoing(ada))


async def test_an_answer_that_is_cut_short_leaves_it_open_too(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    faulty(platforms, malformed=True)

    with pytest.raises(MaybeSent):
        await channel.send(outgoing(ada))


async def test_a_connection_cut_on_the_way_does_not_say_that_telegram_is_back(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    faulty(platforms, html=True)
    with pytest.raises(NotSent):
        await channel.send(outgoing(ada))
    faulty(platforms, drop="after")
    with pytest.raises(MaybeSent):
        await channel.send(outgoing(ada))
    assert channel.trouble

    await channel.send(outgoing(ada))

    assert channel.trouble is None


async def test_a_refused_connection_surely_sent_nothing() -> None:
    bot = TelegramBot(sandbox.TELEGRAM_TOKEN, "http://127.0.0.1:9")
    channel = TelegramChannel(bot)
    await bot._request[1].initialize()
    try:
        with pytest.raises(NotSent):
            await channel.send(outgoing(1))
        assert channel.trouble
    finally:
        await bot._request[1].shutdown()


async def test_a_wrong_token_is_named_and_never_shown(platforms: SandboxClient) -> None:
    channel = TelegramChannel(TelegramBot("1:wrong-token-of-nobody", platforms.telegram_url))
    try:
        with pytest.raises(NotSent, match="TELEGRAM_BOT_TOKEN") as refused:
            await channel.meet()
        assert "wrong-token" not in str(refused.value)
    finally:
        await channel.bot.shutdown()


async def test_a_button_with_too_long_a_name_is_refused_before_it_is_sent(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()
    rows = [[{"label": "x", "choice": "ж" * 40, "url": None}]]

    with pytest.raises(DeliveryError):
        await channel.send(outgoing(ada, payload={"text": "How?", "buttons": rows}, visit=1))

    assert platforms.calls("sendMessage") == []


async def test_a_phone_number_is_asked_for_with_telegrams_own_button(
    channel: TelegramChannel, platforms: SandboxClient
) -> None:
    ada = platforms.customer()

    await channel.send(outgoing(ada, payload={"text": "Your number?", "wants_contact": True}))

    call = platforms.calls("sendMessage")[-1]
    assert "request_contact" in str(call["params"]["reply_markup"])

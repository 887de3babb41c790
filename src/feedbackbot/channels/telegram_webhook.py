"""The address at which Telegram delivers updates: 200 only after the commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from secrets import compare_digest

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from telegram import WebhookInfo
from telegram.error import TelegramError

from feedbackbot import metrics
from feedbackbot.channels.telegram import TelegramChannel
from feedbackbot.channels.telegram_errors import judge
from feedbackbot.channels.telegram_inbox import TelegramInbox
from feedbackbot.channels.telegram_updates import ALLOWED
from feedbackbot.quick_json import from_json, to_json
from feedbackbot.web.bodies import read_body

PATH = "/webhooks/telegram"
_SOON = {"Retry-After": "1"}
#: Telegram's own texts have 4096 characters
_LARGEST = 4 << 20
_HEADER = "x-telegram-bot-api-secret-token"


def telegram_webhook(inbox: TelegramInbox, secret: str) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint; whoever does not know the secret learns nothing."""

    async def endpoint(request: Request) -> Response:
        given = request.headers.get(_HEADER, "")
        if not compare_digest(given.encode(), secret.encode()):
            return Response(status_code=401)
        if inbox.is_crowded:
            metrics.UPDATES.labels("telegram", "refused").inc()
            return Response(status_code=503, headers=_SOON)
        return await _take(inbox, await read_body(request, largest=_LARGEST))

    return endpoint


def address_of(public_url: str) -> str:
    return f"{public_url.rstrip('/')}{PATH}"


async def register(channel: TelegramChannel, *, public_url: str, secret: str) -> None:
    address = address_of(public_url)
    try:
        await channel.bot.set_webhook(address, secret_token=secret, allowed_updates=ALLOWED)
    except TelegramError as error:
        raise judge(error) from error


async def find_webhook(channel: TelegramChannel) -> WebhookInfo:
    """What Telegram knows of it; its `url` is empty where there is none."""
    try:
        return await channel.bot.get_webhook_info()
    except TelegramError as error:
        raise judge(error) from error


async def _take(inbox: TelegramInbox, body: bytes | None) -> Response:
    """The secret was right, so a refusal would only make Telegram send the same bytes again."""
    try:
        if body is None:
            await inbox.keep("", ValueError(f"an update of more than {_LARGEST} bytes"))
            return Response(status_code=200)
        try:
            call = await inbox.take_for_reply(dict(from_json(body)))
        except (ValueError, TypeError) as error:
            await inbox.keep(body.decode("utf-8", "replace"), error)
            return Response(status_code=200)
    except SQLAlchemyError:
        return Response(status_code=503, headers={"Retry-After": "5"})
    if call is None:
        return Response(status_code=200)
    # Telegram makes this call by itself: a connection of ours less, and the button stops turning earlier
    return Response(to_json(call), media_type="application/json")

"""Waiting for what a person will see, and the ledger and call log as they are asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from feedbackbot.sandbox import showing
from feedbackbot.sandbox.slack_text import words_in
from feedbackbot.sandbox.wire import Json

if TYPE_CHECKING:
    from feedbackbot.sandbox.world import World


async def for_customer(
    world: World, customer_id: str, *, has: str, after: int, seconds: float
) -> Json | None:
    """The first message of the bot with these words, in its text or on its buttons."""
    customer = world.telegram.get_customer(customer_id)

    def find() -> Json | None:
        for number, wire in customer.messages.items():
            if number > after and wire["from"]["is_bot"]:
                shown = showing.message(customer, wire)
                if has in _words_of(shown):
                    return shown
        return None

    return await world.journal.wait_for(find, at_most=seconds)


async def for_channel(
    world: World, channel_id: str, *, has: str, after: str, seconds: float
) -> Json | None:
    """The first message of the channel with these words, in its text or its blocks."""
    channel = world.slack.get_channel(channel_id)

    def find() -> Json | None:
        for post in channel.posts.values():
            if post.deleted or (after and float(post.ts) <= float(after)):
                continue
            if has in "\n".join(words_in(post.wire)):
                return showing.post(world, post)
        return None

    return await world.journal.wait_for(find, at_most=seconds)


def ledger(world: World, who: str) -> list[Json]:
    return [entry for entry in world.journal.ledger if entry["who"] == who]


def calls(world: World, *, platform: str, method: str, after: int) -> list[Json]:
    return [
        {
            "seq": call.seq,
            "platform": call.platform,
            "method": call.method,
            "params": json.loads(call.params),
            "answer": json.loads(call.answer),
            "status": call.status,
            "at": call.at,
        }
        for call in world.journal.calls
        if call.seq > after
        and platform in {"", call.platform}
        and method.lower() in {"", call.method.lower()}
    ]


def _words_of(shown: Json) -> str:
    buttons = [button["text"] for row in shown.get("buttons", []) for button in row]
    return "\n".join([shown.get("text", ""), shown.get("caption", ""), *buttons])

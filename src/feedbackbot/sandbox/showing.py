"""The state as the page and the tests read it: what each phone and each channel shows right now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedbackbot.sandbox.slack_state import Post
from feedbackbot.sandbox.telegram_keyboard import buttons_of
from feedbackbot.sandbox.telegram_state import Customer
from feedbackbot.sandbox.wire import Json

if TYPE_CHECKING:
    from feedbackbot.sandbox.world import World

_AS_THEY_ARE = ("text", "caption", "entities", "caption_entities", "media_group_id")
_ODD_KINDS = ("contact", "poll", "location")


def state(world: World) -> Json:
    return {
        "clock": {
            "now": world.clock.iso(),
            "offset_seconds": world.clock.offset_seconds,
            "pushed": world.clock.pushed,
        },
        "seq": world.journal.seq,
        "telegram": _telegram(world),
        "slack": _slack(world),
        "mail": world.mail,
        "notes": world.notes,
        "bot": {
            "telegram": world.telegram_api.receiving.mode,
            "slack": world.slack_api.deliveries.mode,
        },
    }


def message(customer: Customer, wire: Json) -> Json:
    """One message as the phone shows it."""
    number = wire["message_id"]
    shown: Json = {
        "message_id": number,
        "from": "bot" if wire["from"]["is_bot"] else "customer",
        "date": wire["date"],
        **{name: wire[name] for name in (*_AS_THEY_ARE, *_ODD_KINDS) if name in wire},
        **_files(wire),
    }
    if number in customer.reworded:
        shown["edit_date"] = wire["edit_date"]
    if "reply_to_message" in wire:
        shown["reply_to"] = wire["reply_to_message"]["message_id"]
    if buttons := buttons_of(wire):
        shown["buttons"] = buttons
    if reaction := customer.reactions.get(number):
        shown["reaction"] = reaction
    if reaction := customer.own_reactions.get(number):
        shown["own_reaction"] = reaction
    return shown


def post(world: World, one: Post) -> Json:
    """One Slack message as its channel shows it."""
    wire = one.wire
    user = world.slack.users.get(str(wire.get("user")), {})
    names = ("thread_ts", "blocks", "attachments", "edited", "metadata", "subtype", "reply_count")
    shown: Json = {
        "channel": one.channel,
        "ts": one.ts,
        "user": wire.get("user"),
        "bot": one.is_by_bot,
        "user_name": user.get("real_name", ""),
        "text": wire.get("text", ""),
        "reactions": wire.get("reactions", []),
        **{name: wire[name] for name in names if name in wire},
    }
    if not one.is_by_bot:
        # The rich text of a person's message only repeats its words.
        shown.pop("blocks", None)
    if "files" in wire:
        kept = [file for file in wire["files"] if file.get("mode") != "tombstone"]
        shown["files"] = [_slack_file(file) for file in kept]
    if one.ephemeral_for:
        shown["ephemeral_for"] = one.ephemeral_for
    if one.deleted:
        shown["deleted"] = True
    return shown


def customer(world: World, one: Customer) -> Json:
    return {
        "id": one.id,
        "first_name": one.first_name,
        "last_name": one.last_name,
        "username": one.username,
        "language_code": one.language_code,
        "started": one.started,
        "blocked": one.blocked,
        "deleted": one.deleted,
        "typing_until": one.typing_until if one.typing_until > world.clock.now() else 0,
        "pinned": one.pinned,
        "messages": [message(one, wire) for wire in one.messages.values()],
    }


def _telegram(world: World) -> Json:
    profile = world.telegram.profile
    bot = {
        **world.telegram.bot_user(),
        "commands": profile.get(("commands", "", ""), []),
        "description": profile.get(("description", "", ""), ""),
        "short_description": profile.get(("short_description", "", ""), ""),
    }
    everybody = [customer(world, one) for one in world.telegram.customers.values()]
    return {"bot": bot, "customers": everybody}


def _slack(world: World) -> Json:
    slack = world.slack
    posts = [one for channel in slack.channels.values() for one in channel.posts.values()]
    views = [
        {
            "view_id": modal.id,
            "user": modal.user,
            "view": modal.view,
            **({"errors": modal.errors} if modal.errors else {}),
        }
        for modal in slack.modals.values()
    ]
    channels = [
        {"id": one.id, "name": one.name, "is_im": one.is_im, "members": sorted(one.members)}
        for one in slack.channels.values()
    ]
    return {
        "users": list(slack.users.values()),
        "channels": channels,
        "messages": [post(world, one) for one in sorted(posts, key=lambda one: one.ts)],
        "views": views,
        "lost_events": len(world.slack_api.deliveries.lost),
        "sockets": world.slack_api.deliveries.sockets.count,
    }


def _files(wire: Json) -> Json:
    """Addresses that the page can load without the bot's token."""
    shown: Json = {}
    if "photo" in wire:
        shown["photo_url"] = _address(wire["photo"][-1])
    if "voice" in wire:
        shown["voice_url"] = _address(wire["voice"])
        shown["voice_seconds"] = wire["voice"].get("duration", 0)
    if "video" in wire:
        shown["video_url"] = _address(wire["video"])
    if "document" in wire:
        file = wire["document"]
        name, size = file.get("file_name", "document"), file.get("file_size", 0)
        shown["document"] = {"name": name, "url": _address(file), "size": size}
    if "sticker" in wire:
        shown["sticker"] = wire["sticker"].get("emoji", "🙂")
    return shown


def _address(file: Json) -> str:
    return f"/sandbox/media/telegram/{file['file_id']}"


def _slack_file(file: Json) -> Json:
    return {**file, "url": f"/sandbox/media/slack/{file['id']}"}

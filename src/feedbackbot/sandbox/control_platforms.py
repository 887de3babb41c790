"""The control API of each platform: what customers and staff do, and how the platforms themselves misbehave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from feedbackbot.sandbox.control import posted
from feedbackbot.sandbox.credentials import SLACK_BOT_USER, SLACK_SCOPES, TELEGRAM_TOKEN
from feedbackbot.sandbox.slack_state import Channel
from feedbackbot.sandbox.telegram_people import payload_of
from feedbackbot.sandbox.telegram_state import Customer
from feedbackbot.sandbox.wire import Json, answered

if TYPE_CHECKING:
    from feedbackbot.sandbox.world import World


class TelegramControl:
    def __init__(self, world: World) -> None:
        self._world = world
        self._people = world.people

    def routes(self) -> list[Route]:
        acts = {
            "customers": self.add_customer,
            "crowd": self.add_crowd,
            "open_link": self.open_link,
            "send": self.send,
            "tap": self.tap,
            "edit": self.edit,
            "react": self.react,
            "block": self.block,
            "unblock": self.unblock,
            "delete_account": self.delete_account,
            "update": self.inject,
            "redeliver": self.redeliver,
            "outage": self.outage,
            "token": self.set_token,
        }
        return [
            *(posted(f"/sandbox/telegram/{name}", act) for name, act in acts.items()),
            Route("/sandbox/media/telegram/{id}", self.media),
        ]

    def add_customer(self, wanted: Json) -> Json:
        names = ("first_name", "last_name", "username", "language_code")
        given = {name: str(wanted[name]) for name in names if wanted.get(name)}
        if "first_name" not in given:
            raise ValueError("A customer has a first_name.")
        customer = self._world.telegram.add_customer(given, customer_id=wanted.get("id"))
        customer.started = bool(wanted.get("started"))
        return {"id": customer.id}

    def add_crowd(self, wanted: Json) -> Json:
        """`count` people who have all pressed Start at some time, with ids in a row from `id` on."""
        first, count = int(wanted["id"]), int(wanted["count"])
        for number in range(first, first + count):
            self.add_customer({"first_name": f"Nr {number}", "id": number, "started": True})
        return {"ids": [first, first + count - 1]}

    def open_link(self, wanted: Json) -> Json:
        link = wanted.get("link")
        start = payload_of(str(link)) if link else wanted.get("start")
        return {"message_id": self._people.open_link(self._customer(wanted), start)}

    def send(self, wanted: Json) -> Json:
        """`times` the same words, as somebody sends who keeps a key pressed."""
        customer, times = self._customer(wanted), int(wanted.get("times") or 1)
        sent = [self._people.send(customer, wanted) for _ in range(times)]
        return {"message_id": sent[-1]}

    def tap(self, wanted: Json) -> Json:
        return {"ok": True, "update_id": self._people.tap(self._customer(wanted), wanted)}

    def edit(self, wanted: Json) -> None:
        text = str(wanted["text"])
        self._people.edit(self._customer(wanted), int(wanted["message_id"]), text)

    def react(self, wanted: Json) -> None:
        emoji = str(wanted.get("emoji") or "")
        self._people.react(self._customer(wanted), int(wanted["message_id"]), emoji)

    def block(self, wanted: Json) -> None:
        self._people.set_blocked(self._customer(wanted), blocked=True)

    def unblock(self, wanted: Json) -> None:
        self._people.set_blocked(self._customer(wanted), blocked=False)

    def delete_account(self, wanted: Json) -> None:
        self._people.delete_account(self._customer(wanted))

    def inject(self, wanted: Json) -> Json:
        lives = self._world.rules.update_seconds
        lane = f"chat:{_chat_of(wanted)}"
        return {"update_id": self._world.telegram.updates.inject(wanted, lane=lane, lives=lives)}

    def redeliver(self, wanted: Json) -> None:
        times = int(wanted.get("times") or 1)
        self._world.telegram_api.receiving.redeliver(int(wanted["update_id"]), times)

    def outage(self, wanted: Json) -> None:
        _start_outage(self._world, "telegram", wanted)

    def set_token(self, wanted: Json) -> None:
        """`revoked`: BotFather has taken it back; `token`: the one that is good instead."""
        good = str(wanted.get("token") or self._world.telegram.token or TELEGRAM_TOKEN)
        self._world.telegram.token = None if wanted.get("revoked") else good
        self._world.telegram.updates.bell.ring()

    async def media(self, request: Request) -> Response:
        stored = self._world.telegram.files.find(request.path_params["id"])
        if stored is None:
            return answered({"ok": False, "error": "There is no such file."}, status=404)
        return Response(stored.data, media_type=stored.mime)

    def _customer(self, wanted: Json) -> Customer:
        return self._world.telegram.get_customer(wanted.get("customer"))


class SlackControl:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        world = self._world
        acts = {
            "send": self.send,
            "edit": world.staff.edit,
            "delete": world.staff.delete,
            "react": world.staff.react,
            "click": world.pressing.click,
            "submit": self.submit,
            "close": self.close,
            "command": world.staff.command,
            "http": self.set_http,
            "disconnect": self.disconnect,
            "event": self.inject,
            "redeliver": self.redeliver,
            "outage": self.outage,
            "users": self.add_user,
            "channels": self.set_channel,
            "app": self.set_app,
        }
        return [
            *(posted(f"/sandbox/slack/{name}", act) for name, act in acts.items()),
            Route("/sandbox/slack/events", self.events),
            Route("/sandbox/media/slack/{id}", self.media),
        ]

    def send(self, wanted: Json) -> Json:
        post = self._world.staff.write(wanted)
        return {"ok": True, "channel": post.channel, "ts": post.ts}

    async def submit(self, wanted: Json) -> Json:
        return await self._world.pressing.submit(str(wanted["view_id"]), wanted.get("values") or {})

    async def close(self, wanted: Json) -> Json:
        return await self._world.pressing.close(str(wanted["view_id"]))

    async def set_http(self, wanted: Json) -> Json:
        """The Request URL of the app's settings; `verify: false` skips the challenge."""
        url = wanted.get("url")
        way = self._world.slack_api.deliveries.http
        if url and wanted.get("verify", True):
            await way.challenge(str(url))
        way.url = str(url) if url else None
        self._world.journal.tell("slack.http", url=way.url)
        return {"ok": True, "url": way.url}

    async def disconnect(self, wanted: Json) -> Json:
        """Every socket at once; or, `during` an envelope of this type, the one that it went over."""
        sockets = self._world.slack_api.deliveries.sockets
        if during := wanted.get("during"):
            sockets.break_during(str(during))
            return {"ok": True, "sockets": sockets.count}
        reason = str(wanted.get("reason") or "refresh_requested")
        hard = bool(wanted.get("hard"))
        return {"ok": True, "sockets": await sockets.disconnect(reason, hard=hard)}

    def inject(self, wanted: Json) -> Json:
        return {"event_id": self._world.slack_api.deliveries.event(wanted)}

    def redeliver(self, wanted: Json) -> None:
        times = int(wanted.get("times") or 1)
        self._world.slack_api.deliveries.redeliver(str(wanted["event_id"]), times)

    def outage(self, wanted: Json) -> None:
        _start_outage(self._world, "slack", wanted)

    def add_user(self, wanted: Json) -> Json:
        title = str(wanted.get("title") or "")
        return self._world.slack.add_user(str(wanted["id"]), str(wanted["name"]), title)

    def set_channel(self, wanted: Json) -> Json:
        """Make a channel, or change who is in it and whether it is archived."""
        channels = self._world.slack.channels
        name = str(wanted["id"])
        if name not in channels:
            members = {SLACK_BOT_USER}
            channels[name] = Channel(id=name, name=str(wanted.get("name") or name), members=members)
        channel = channels[name]
        if "members" in wanted:
            channel.members = {str(member) for member in wanted["members"]}
        channel.is_archived = bool(wanted.get("archived", channel.is_archived))
        return {"id": channel.id, "members": sorted(channel.members)}

    def set_app(self, wanted: Json) -> Json:
        """What is wrong with the installed app: scopes it lacks, and Slack's words for refused tokens."""
        slack = self._world.slack
        without = {str(scope) for scope in wanted.get("without_scopes") or ()}
        slack.scopes = set(SLACK_SCOPES.split(",")) - without
        slack.bot_token_error = str(wanted.get("bot_token") or "")
        slack.app_token_error = str(wanted.get("app_token") or "")
        return {"scopes": sorted(slack.scopes)}

    async def events(self, _request: Request) -> Response:
        """Every event there was, for `redeliver`."""
        return answered(list(self._world.slack_api.deliveries.history.values()))

    async def media(self, request: Request) -> Response:
        file = self._world.slack.files.get(request.path_params["id"])
        if file is None:
            return answered({"ok": False, "error": "There is no such file."}, status=404)
        return Response(file.upload.data, media_type=file.upload.mime)


def _start_outage(world: World, platform: str, wanted: Json) -> None:
    seconds = wanted.get("seconds")
    world.faults.start_outage(platform, None if seconds is None else float(seconds))


def _chat_of(update: Json) -> object:
    """Whose chat a raw update speaks of, as well as that can be told."""
    for content in update.values():
        if isinstance(content, dict):
            chat = content.get("chat") or content.get("from") or {}
            if isinstance(chat, dict) and "id" in chat:
                return chat["id"]
    return "unknown"

"""What staff write in Slack: messages, edits, reactions, commands; and what the bot is told of it."""

from __future__ import annotations

from feedbackbot.sandbox import credentials, samples
from feedbackbot.sandbox.slack_answering import new_response_url
from feedbackbot.sandbox.slack_api import SlackApi
from feedbackbot.sandbox.slack_chat import BOT
from feedbackbot.sandbox.slack_state import Channel, Post, SlackState
from feedbackbot.sandbox.slack_text import rich_text, typed
from feedbackbot.sandbox.telegram_messages import unpacked
from feedbackbot.sandbox.wire import Json, Upload

TROUBLE = "The app did not answer in time."


class Staff:
    """Every act of a person in Slack; ValueError says why Slack would not let it happen."""

    def __init__(self, state: SlackState, api: SlackApi) -> None:
        self._state = state
        self._api = api

    def write(self, wanted: Json) -> Post:
        """Words are typed: escaped and linked as Slack does it, unless they are given `raw`."""
        user = self._state.get_user(wanted.get("user"))
        channel = joined(self._state, wanted)
        text = str(wanted.get("text") or "")
        if not wanted.get("raw"):
            text = typed(text, self._state.users)
        files = [self._file(one, str(user["id"])) for one in wanted.get("files") or []]
        if not text.strip() and not files:
            raise ValueError("There is nothing to send.")
        content: Json = {"user": user["id"], "text": text, "team": credentials.SLACK_TEAM}
        if text:
            content["blocks"] = rich_text(text)
        if files:
            content |= {"subtype": "file_share", "files": files}
        thread_ts = str(wanted.get("thread_ts") or "")
        broadcast = bool(wanted.get("broadcast"))
        return self._api.posts.add(channel, content, thread_ts=thread_ts, broadcast=broadcast)

    def edit(self, wanted: Json) -> None:
        post = self._own(wanted)
        text = typed(str(wanted.get("text") or ""), self._state.users)
        parts = {"text": text, "blocks": rich_text(text)}
        self._api.posts.change(post, parts, editor=str(wanted["user"]))

    def delete(self, wanted: Json) -> None:
        self._api.posts.remove(self._own(wanted), by=str(wanted["user"]))

    def react(self, wanted: Json) -> None:
        post = self._post(wanted)
        user, name = str(wanted.get("user")), str(wanted.get("name", "")).strip(":")
        act = self._api.posts.unreact if wanted.get("remove") else self._api.posts.react
        if not act(post, user, name):
            raise ValueError(f"{user} cannot do that with :{name}: again.")

    async def command(self, wanted: Json) -> Json:
        """A slash command, and what the bot answers to it at once."""
        user = self._state.get_user(wanted.get("user"))
        channel = joined(self._state, wanted)
        name = "/" + str(wanted.get("command", "")).strip("/ ")
        text = str(wanted.get("text") or "")
        self._state.journal.saw("slack", "command", by=user["id"], text=f"{name} {text}".strip())
        payload = {**self._from(user, channel), "command": name, "text": text}
        ack = await self._api.deliveries.interact("slash_commands", payload)
        if not ack.taken:
            return {"ok": False, "error": TROUBLE, "reason": ack.reason}
        if ack.body.get("text") or ack.body.get("blocks"):
            self._api.posts.add_ephemeral(channel, str(user["id"]), {**BOT, **ack.body})
        return {"ok": True, "answer": ack.body}

    def _from(self, user: Json, channel: Channel) -> Json:
        user_id = str(user["id"])
        return {
            "token": "sandbox",
            "team_id": credentials.SLACK_TEAM,
            "team_domain": "sandbox",
            "channel_id": channel.id,
            "channel_name": channel.name,
            "user_id": user_id,
            "user_name": user["name"],
            "api_app_id": credentials.SLACK_APP_ID,
            "is_enterprise_install": "false",
            "response_url": new_response_url(self._state, channel=channel.id, user=user_id),
            "trigger_id": self._api.views.new_trigger(user_id),
        }

    def _post(self, wanted: Json) -> Post:
        channel = joined(self._state, wanted)
        post = channel.find(wanted.get("ts"))
        if post is None:
            raise ValueError(f"There is no message {wanted.get('ts')} in {channel.id}.")
        return post

    def _own(self, wanted: Json) -> Post:
        post = self._post(wanted)
        if post.wire.get("user") != wanted.get("user"):
            raise ValueError("That is somebody else's message.")
        return post

    def _file(self, given: Json, user: str) -> Json:
        upload = Upload(
            name=str(given.get("name") or "file.bin"),
            mime=str(given.get("mime") or "application/octet-stream"),
            data=unpacked(given.get("data", "sample"), samples.photo()),
        )
        return self._api.files.file_json(self._api.files.keep(upload, user=user, complete=True))


def joined(state: SlackState, wanted: Json) -> Channel:
    """The channel of an act, if this person is in it."""
    channel = state.get_channel(wanted.get("channel"))
    if wanted.get("user") not in channel.members:
        raise ValueError(f"{wanted.get('user')} is not in #{channel.name}.")
    return channel

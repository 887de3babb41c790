"""chat.*: what the bot says in Slack, and what Slack refuses."""

from __future__ import annotations

import re
import secrets

from feedbackbot.sandbox import credentials
from feedbackbot.sandbox.slack_args import Args
from feedbackbot.sandbox.slack_blocks import check_blocks
from feedbackbot.sandbox.slack_posts import Posts
from feedbackbot.sandbox.slack_state import Channel, Post, SlackRefusalError, SlackState
from feedbackbot.sandbox.slack_text import words_in
from feedbackbot.sandbox.wire import Json

LONGEST_TEXT = 40_000
BOT: Json = {
    "user": credentials.SLACK_BOT_USER,
    "bot_id": credentials.SLACK_BOT_ID,
    "app_id": credentials.SLACK_APP_ID,
    "team": credentials.SLACK_TEAM,
    "bot_profile": {
        "id": credentials.SLACK_BOT_ID,
        "app_id": credentials.SLACK_APP_ID,
        "name": credentials.SLACK_BOT_NAME,
        "team_id": credentials.SLACK_TEAM,
        "deleted": False,
    },
}


class Chat:
    def __init__(self, state: SlackState, posts: Posts) -> None:
        self._state = state
        self._posts = posts

    def post_message(self, args: Args) -> Json:
        channel = self.writable(args)
        self._pace(channel)
        content = {**BOT, **self.content(args), **_metadata(args)}
        thread_ts = _thread_of(args)
        broadcast = args.flag("reply_broadcast")
        post = self._posts.add(channel, content, thread_ts=thread_ts, broadcast=broadcast)
        return {"ok": True, "channel": channel.id, "ts": post.ts, "message": post.wire}

    def update(self, args: Args) -> Json:
        channel = self.channel(args)
        post = self._own(channel, args.required("ts"), "message_not_found", "cant_update_message")
        given: Json = self.content(args)
        # Text without blocks takes the blocks away; blocks without text keep no old text.
        parts = {"text": given.get("text", ""), "blocks": given.get("blocks")}
        if "attachments" in given:
            parts["attachments"] = given["attachments"]
        if "metadata" in args.values:
            parts["metadata"] = _metadata(args).get("metadata")
        self._posts.change(post, parts, editor=credentials.SLACK_BOT_USER)
        if "blocks" in given:
            del post.wire["edited"]
        answer = {"channel": channel.id, "ts": post.ts, "text": post.wire["text"]}
        return {"ok": True, **answer, "message": post.wire}

    def delete(self, args: Args) -> Json:
        channel = self.channel(args)
        post = self._own(channel, args.required("ts"), "message_not_found", "cant_delete_message")
        self._posts.remove(post, by=credentials.SLACK_BOT_USER)
        return {"ok": True, "channel": channel.id, "ts": post.ts}

    def post_ephemeral(self, args: Args) -> Json:
        channel = self.writable(args)
        user = args.required("user")
        if not re.fullmatch(r"[UW][A-Z0-9]{2,}", user):
            message = f"failed to match pattern ^[UW][A-Z0-9]{{2,}}$ [json-pointer:/user] {user}"
            raise SlackRefusalError("invalid_arguments", message)
        if user not in channel.members:
            raise SlackRefusalError("user_not_in_channel")
        content = {**BOT, **self.content(args, required=False)}
        thread_ts = _thread_of(args)
        if thread_ts and channel.find(thread_ts):
            content["thread_ts"] = thread_ts
        post = self._posts.add_ephemeral(channel, user, content)
        return {"ok": True, "message_ts": post.ts}

    def get_permalink(self, args: Args) -> Json:
        channel = self.channel(args)
        post = channel.find(args.required("message_ts"))
        if post is None:
            raise SlackRefusalError("message_not_found")
        address = f"{self._state.origin}/#{channel.id}/p{post.ts.replace('.', '')}"
        return {"ok": True, "channel": channel.id, "permalink": address}

    def channel(self, args: Args, name: str = "channel") -> Channel:
        """The channel of the call; a user's id means the conversation with that person."""
        wanted = args.required(name)
        if wanted in self._state.users and wanted != credentials.SLACK_BOT_USER:
            return self._state.direct_channel(wanted)
        try:
            return self._state.get_channel(wanted)
        except ValueError:
            raise SlackRefusalError("channel_not_found") from None

    def writable(self, args: Args) -> Channel:
        channel = self.channel(args)
        if channel.is_archived:
            raise SlackRefusalError("is_archived")
        if credentials.SLACK_BOT_USER not in channel.members:
            raise SlackRefusalError("not_in_channel")
        return channel

    def content(self, args: Args, *, required: bool = True) -> Json:
        """text, blocks and attachments, checked."""
        text = args.text("text") or args.text("markdown_text")
        if len(text) > LONGEST_TEXT:
            raise SlackRefusalError("msg_too_long")
        blocks, attachments = args.parsed("blocks"), args.parsed("attachments")
        content: Json = {"text": text}
        if blocks not in (None, "", []):
            content["blocks"] = with_ids(check_blocks(blocks))
            content["text"] = text or "\n".join(words_in(blocks))
        if attachments:
            content["attachments"] = attachments
        if required and not text.strip() and len(content) == 1:
            raise SlackRefusalError("no_text")
        return content

    def _own(self, channel: Channel, ts: str, missing: str, foreign: str) -> Post:
        post = channel.find(ts)
        if post is None:
            raise SlackRefusalError(missing)
        if not post.is_by_bot:
            raise SlackRefusalError(foreign)
        return post

    def _pace(self, channel: Channel) -> None:
        rules = self._state.rules
        if not rules.strict:
            return
        wait = self._state.pace.wait_seconds(
            channel.id, per_second=rules.chat_per_second, burst=rules.chat_burst
        )
        if wait:
            raise SlackRefusalError("ratelimited", retry_after=wait)


def with_ids(blocks: list[Json]) -> list[Json]:
    """Blocks and their elements bear ids, given or made up, as Slack stores them."""
    return [_with_id(block) for block in blocks]


def _with_id(block: Json) -> Json:
    named = {**block, "block_id": block.get("block_id") or secrets.token_hex(3)}
    if isinstance(named.get("elements"), list) and named["type"] == "actions":
        named["elements"] = [_with_action_id(element) for element in named["elements"]]
    if isinstance(named.get("accessory"), dict) and named["accessory"].get("type") != "image":
        named["accessory"] = _with_action_id(named["accessory"])
    if isinstance(named.get("element"), dict):
        named["element"] = _with_action_id(named["element"])
    return named


def _with_action_id(element: Json) -> Json:
    return {**element, "action_id": element.get("action_id") or secrets.token_hex(3)}


def _thread_of(args: Args) -> str:
    thread_ts = args.text("thread_ts")
    if thread_ts and not re.fullmatch(r"\d{1,12}\.\d{6}", thread_ts):
        raise SlackRefusalError("invalid_thread_ts")
    return thread_ts


def _metadata(args: Args) -> Json:
    metadata = args.parsed("metadata")
    if not metadata:
        return {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackRefusalError("invalid_metadata_format")
    if not metadata.get("event_type"):
        raise SlackRefusalError("invalid_metadata_schema")
    return {"metadata": metadata}

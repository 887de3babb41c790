"""Messages of a channel, whoever writes them: posted, changed, removed, reacted to; and the events of each."""

from __future__ import annotations

from feedbackbot.sandbox import credentials
from feedbackbot.sandbox.slack_delivery import Deliveries
from feedbackbot.sandbox.slack_state import Channel, Post, SlackState
from feedbackbot.sandbox.slack_text import MENTION, words_in
from feedbackbot.sandbox.wire import Json, copied


class Posts:
    def __init__(self, state: SlackState, deliveries: Deliveries) -> None:
        self._state = state
        self._deliveries = deliveries

    def add(
        self, channel: Channel, content: Json, *, thread_ts: str = "", broadcast: bool = False
    ) -> Post:
        """A message for all to see; an unknown thread makes it a top-level one, as Slack does."""
        root = channel.find(thread_ts) if thread_ts else None
        wire: Json = {"type": "message", "ts": self._state.new_ts(), **content}
        if root is not None:
            wire["thread_ts"] = root.wire.get("thread_ts", root.ts)
            if broadcast:
                wire["subtype"] = "thread_broadcast"
        post = self._keep(Post(channel=channel.id, wire=wire))
        if root is not None:
            _count_reply(channel, str(wire["thread_ts"]), post)
        self._announce(channel, post)
        return post

    def add_ephemeral(self, channel: Channel, user: str, content: Json) -> Post:
        wire: Json = {"type": "message", "ts": self._state.new_ts(), **content}
        return self._keep(Post(channel=channel.id, wire=wire, ephemeral_for=user))

    def change(self, post: Post, parts: Json, *, editor: str) -> None:
        """Replace parts of a message; None takes one away."""
        before = copied(post.wire)
        for name, part in parts.items():
            post.wire.pop(name, None)
            if part is not None:
                post.wire[name] = part
        ts = self._state.new_ts()
        post.wire["edited"] = {"user": editor, "ts": ts}
        self._tell("slack.updated", "edited", post, by=editor)
        if post.ephemeral_for:
            return
        facts = {"message": _public(post.wire), "previous_message": _public(before)}
        self._hidden_event(post, "message_changed", facts, ts=ts)

    def remove(self, post: Post, *, by: str) -> None:
        post.deleted = True
        self._tell("slack.deleted", "deleted", post, by=by)
        if not post.ephemeral_for:
            facts = {"deleted_ts": post.ts, "previous_message": _public(post.wire)}
            self._hidden_event(post, "message_deleted", facts, ts=self._state.new_ts())

    def react(self, post: Post, user: str, name: str) -> bool:
        """False when this person has reacted so already."""
        reactions = post.wire.setdefault("reactions", [])
        found = next((one for one in reactions if one["name"] == name), None)
        if found is None:
            found = {"name": name, "users": [], "count": 0}
            reactions.append(found)
        if user in found["users"]:
            return False
        found["users"].append(user)
        found["count"] += 1
        self._reacted("reaction_added", post, user, name)
        return True

    def unreact(self, post: Post, user: str, name: str) -> bool:
        reactions = post.wire.get("reactions", [])
        found = next(
            (one for one in reactions if one["name"] == name and user in one["users"]), None
        )
        if found is None:
            return False
        found["users"].remove(user)
        found["count"] -= 1
        post.wire["reactions"] = [one for one in reactions if one["users"]]
        self._reacted("reaction_removed", post, user, name)
        return True

    def _keep(self, post: Post) -> Post:
        self._state.channels[post.channel].posts[post.ts] = post
        kind = "slack.ephemeral" if post.ephemeral_for else "slack.message"
        by = str(post.wire.get("user", ""))
        self._tell(kind, "only for you" if post.ephemeral_for else "posted", post, by=by)
        return post

    def _tell(self, kind: str, what: str, post: Post, *, by: str) -> None:
        self._state.journal.tell(kind, channel=post.channel, ts=post.ts)
        words = [post.wire.get("text", ""), *words_in(post.wire.get("blocks"))]
        self._state.journal.saw(
            "slack",
            what,
            by=by,
            channel=post.channel,
            ts=post.ts,
            thread_ts=post.wire.get("thread_ts"),
            text=post.wire.get("text", ""),
            words=[word for word in words if word],
            buttons=labels_in(post.wire) or None,
            ephemeral_for=post.ephemeral_for,
        )

    def _announce(self, channel: Channel, post: Post) -> None:
        event = {**_public(post.wire), **self._place(channel), "event_ts": post.ts}
        if credentials.SLACK_BOT_USER not in channel.members:
            return
        self._deliveries.event(event)
        if MENTION in str(post.wire.get("text", "")) and not post.is_by_bot and not channel.is_im:
            mention = {name: part for name, part in event.items() if name != "channel_type"}
            mention.pop("subtype", None)
            self._deliveries.event({**mention, "type": "app_mention"})

    def _hidden_event(self, post: Post, subtype: str, facts: Json, *, ts: str) -> None:
        channel = self._state.channels[post.channel]
        if credentials.SLACK_BOT_USER not in channel.members:
            return
        event: Json = {"type": "message", "subtype": subtype, "hidden": True, "ts": ts}
        self._deliveries.event({**event, "event_ts": ts, **self._place(channel), **facts})

    def _reacted(self, kind: str, post: Post, user: str, name: str) -> None:
        facts = {"channel": post.channel, "ts": post.ts, "name": name, "user": user}
        self._state.journal.tell("slack.reaction", channel=post.channel, ts=post.ts)
        self._state.journal.saw("slack", kind.replace("_", " "), **facts)
        if credentials.SLACK_BOT_USER not in self._state.channels[post.channel].members:
            return
        event: Json = {
            "type": kind,
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": post.channel, "ts": post.ts},
            "item_user": post.wire.get("user", ""),
            "event_ts": self._state.new_ts(),
        }
        self._deliveries.event(event)

    def _place(self, channel: Channel) -> Json:
        return {"channel": channel.id, "channel_type": "im" if channel.is_im else "channel"}


def labels_in(wire: Json) -> list[str]:
    """The labels of a message's buttons, in order."""
    return [
        str(part["text"]["text"])
        for block in wire.get("blocks") or []
        for part in [*(block.get("elements") or []), block.get("accessory")]
        if isinstance(part, dict) and part.get("type") == "button"
    ]


def _public(wire: Json) -> Json:
    """As an event carries it: metadata goes only to those who ask for it."""
    return {name: part for name, part in copied(wire).items() if name != "metadata"}


def _count_reply(channel: Channel, root_ts: str, reply: Post) -> None:
    root = channel.posts[root_ts].wire
    users = root.setdefault("reply_users", [])
    if reply.wire.get("user") not in users:
        users.append(reply.wire.get("user"))
    root["thread_ts"] = root_ts
    root["reply_count"] = root.get("reply_count", 0) + 1
    root["reply_users_count"] = len(users)
    root["latest_reply"] = reply.ts

"""The Web API's methods that look things up, and reactions."""

from __future__ import annotations

import base64
import re

from feedbackbot.sandbox import credentials
from feedbackbot.sandbox.slack_args import Args
from feedbackbot.sandbox.slack_chat import Chat
from feedbackbot.sandbox.slack_posts import Posts
from feedbackbot.sandbox.slack_state import Channel, Post, SlackRefusalError, SlackState
from feedbackbot.sandbox.wire import Json

MOST_A_PAGE = 1000


class Reading:
    def __init__(self, state: SlackState, posts: Posts, chat: Chat) -> None:
        self._state = state
        self._posts = posts
        self._chat = chat

    def auth_test(self, _args: Args) -> Json:
        return {
            "ok": True,
            "url": f"{self._state.origin}/",
            "team": "Sandbox",
            "user": credentials.SLACK_BOT_NAME,
            "team_id": credentials.SLACK_TEAM,
            "user_id": credentials.SLACK_BOT_USER,
            "bot_id": credentials.SLACK_BOT_ID,
            "is_enterprise_install": False,
        }

    def users_info(self, args: Args) -> Json:
        user = self._state.users.get(args.required("user"))
        if user is None:
            raise SlackRefusalError("user_not_found")
        return {"ok": True, "user": user}

    def users_list(self, _args: Args) -> Json:
        members = list(self._state.users.values())
        return {"ok": True, "members": members, "response_metadata": {"next_cursor": ""}}

    def conversations_info(self, args: Args) -> Json:
        return {"ok": True, "channel": channel_json(self._chat.channel(args))}

    def conversations_list(self, _args: Args) -> Json:
        found = [channel_json(one) for one in self._state.channels.values() if not one.is_im]
        return {"ok": True, "channels": found, "response_metadata": {"next_cursor": ""}}

    def conversations_members(self, args: Args) -> Json:
        members = sorted(self._chat.channel(args).members)
        return {"ok": True, "members": members, "response_metadata": {"next_cursor": ""}}

    def conversations_open(self, args: Args) -> Json:
        user = args.required("users").partition(",")[0]
        if user not in self._state.users:
            raise SlackRefusalError("user_not_found")
        return {"ok": True, "channel": {"id": self._state.direct_channel(user).id}}

    def conversations_join(self, args: Args) -> Json:
        channel = self._chat.channel(args)
        if channel.is_archived:
            raise SlackRefusalError("is_archived")
        channel.members.add(credentials.SLACK_BOT_USER)
        return {"ok": True, "channel": channel_json(channel)}

    def history(self, args: Args) -> Json:
        """Newest first; replies only where they were also sent to the channel."""
        channel = self._readable(args)
        top = [
            post
            for post in reversed(channel.posts.values())
            if channel.find(post.ts)
            and (not post.is_reply or post.wire.get("subtype") == "thread_broadcast")
        ]
        return self._page(top, args)

    def replies(self, args: Args) -> Json:
        """The root first, then its replies, oldest first."""
        channel = self._readable(args)
        ts = args.required("ts")
        post = channel.find(ts)
        if post is None:
            raise SlackRefusalError("thread_not_found")
        return self._page(channel.thread(str(post.wire.get("thread_ts", ts))), args)

    def add_reaction(self, args: Args) -> Json:
        post = self._reacted_post(args)
        if not self._posts.react(post, credentials.SLACK_BOT_USER, args.text("name")):
            raise SlackRefusalError("already_reacted")
        return {"ok": True}

    def remove_reaction(self, args: Args) -> Json:
        post = self._reacted_post(args)
        if not self._posts.unreact(post, credentials.SLACK_BOT_USER, args.text("name")):
            raise SlackRefusalError("no_reaction")
        return {"ok": True}

    def _reacted_post(self, args: Args) -> Post:
        name = args.required("name")
        if not re.fullmatch(r"[a-z0-9_'+\-]+(::skin-tone-[2-6])?", name):
            raise SlackRefusalError("invalid_name")
        if not args.text("channel") or not args.text("timestamp"):
            raise SlackRefusalError("no_item_specified")
        post = self._chat.writable(args).find(args.text("timestamp"))
        if post is None:
            raise SlackRefusalError("message_not_found")
        return post

    def _readable(self, args: Args) -> Channel:
        channel = self._chat.channel(args)
        if credentials.SLACK_BOT_USER not in channel.members:
            raise SlackRefusalError("not_in_channel")
        return channel

    def _page(self, posts: list[Post], args: Args) -> Json:
        start = _cursor(args.text("cursor"))
        limit = max(1, min(args.integer("limit", 100), MOST_A_PAGE))
        wanted = [post for post in posts if _within(post.ts, args)]
        page, more = wanted[start : start + limit], len(wanted) > start + limit
        with_metadata = args.flag("include_all_metadata")
        messages = [_shown(post, with_metadata=with_metadata) for post in page]
        answer: Json = {"ok": True, "messages": messages, "has_more": more}
        if more:
            answer["response_metadata"] = {"next_cursor": _coded(start + limit)}
        return answer


def channel_json(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_im,
        "is_im": channel.is_im,
        "is_private": False,
        "is_archived": channel.is_archived,
        "is_member": credentials.SLACK_BOT_USER in channel.members,
        "num_members": len(channel.members),
        "context_team_id": credentials.SLACK_TEAM,
    }


def _shown(post: Post, *, with_metadata: bool) -> Json:
    hidden = set() if with_metadata else {"metadata"}
    return {name: part for name, part in post.wire.items() if name not in hidden}


def _within(ts: str, args: Args) -> bool:
    oldest, latest = args.text("oldest"), args.text("latest")
    inclusive = args.flag("inclusive")
    after = not oldest or float(ts) > float(oldest) or (inclusive and ts == oldest)
    before = not latest or float(ts) < float(latest) or (inclusive and ts == latest)
    return after and before


def _coded(start: int) -> str:
    return base64.b64encode(f"next:{start}".encode()).decode()


def _cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, start = base64.b64decode(cursor).decode().partition(":")
        return int(start) if word == "next" else _bad_cursor()
    except ValueError:
        return _bad_cursor()


def _bad_cursor() -> int:
    raise SlackRefusalError("invalid_cursor")

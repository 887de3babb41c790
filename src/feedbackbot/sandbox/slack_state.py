"""Slack's side of the world: people, channels, messages by their ts, open modals, and the files they hold."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from feedbackbot.sandbox import credentials
from feedbackbot.sandbox.faults import Faults
from feedbackbot.sandbox.journal import Journal
from feedbackbot.sandbox.rules import Pace, Rules
from feedbackbot.sandbox.wire import Json, Upload

STAFF = {
    "U0RITA": ("Rita Sommer", "support"),
    "U0OMAR": ("Omar Haddad", "support"),
    "U0MIA": ("Mia Lund", "marketing"),
}
CHANNELS = {
    credentials.SUPPORT_CHANNEL: "support",
    credentials.MARKETING_CHANNEL: "marketing",
    credentials.IDEAS_CHANNEL: "ideas",
}


class SlackRefusalError(Exception):
    """Slack's way to say no: 200 with ok false, and sometimes words about what is wrong."""

    def __init__(
        self,
        error: str,
        *messages: str,
        errors: bool = False,
        retry_after: int | None = None,
        facts: Json | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.has_errors = errors
        self.retry_after = retry_after
        self.facts = facts or {}

    def to_json(self) -> Json:
        body: Json = {"ok": False, "error": self.error, **self.facts}
        if self.has_errors:
            body["errors"] = list(self.messages)
        if self.messages:
            body["response_metadata"] = {"messages": [f"[ERROR] {one}" for one in self.messages]}
        return body


@dataclass(slots=True, kw_only=True)
class Post:
    """One message as the API tells it, and what only the sandbox knows of it."""

    channel: str
    wire: Json
    ephemeral_for: str | None = None
    deleted: bool = False

    @property
    def ts(self) -> str:
        return str(self.wire["ts"])

    @property
    def is_by_bot(self) -> bool:
        return bool(self.wire.get("bot_id") == credentials.SLACK_BOT_ID)

    @property
    def is_reply(self) -> bool:
        return bool(self.wire.get("thread_ts", self.ts) != self.ts)


@dataclass(slots=True, kw_only=True)
class Channel:
    id: str
    name: str
    members: set[str]
    is_archived: bool = False
    is_im: bool = False
    posts: dict[str, Post] = field(default_factory=dict)

    def find(self, ts: object) -> Post | None:
        """A message that everybody sees and nobody has deleted."""
        post = self.posts.get(str(ts))
        return None if post is None or post.deleted or post.ephemeral_for else post

    def thread(self, root_ts: str) -> list[Post]:
        """The root and its replies, in order."""
        return [
            post
            for post in self.posts.values()
            if post.wire.get("thread_ts", post.ts) == root_ts
            and not post.deleted
            and not post.ephemeral_for
        ]


@dataclass(slots=True, kw_only=True)
class Modal:
    """A view that is open in front of somebody."""

    user: str
    view: Json
    #: By block id, as the last submission was refused.
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.view["id"])


@dataclass(slots=True, kw_only=True)
class SlackFile:
    id: str
    upload: Upload
    user: str
    created: int
    title: str = ""
    is_complete: bool = False
    channels: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """Where a click may be answered, five times in half an hour."""

    channel: str
    ts: str
    user: str
    thread_ts: str | None
    until: float
    left: int = 5


class SlackState:
    def __init__(self, journal: Journal, rules: Rules, faults: Faults) -> None:
        self.journal = journal
        self.clock = journal.clock
        self.rules = rules
        self.faults = faults
        self.pace = Pace()
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Channel] = {}
        self.modals: dict[str, Modal] = {}
        self.files: dict[str, SlackFile] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        #: What the workspace has granted to the app.
        self.scopes = set(credentials.SLACK_SCOPES.split(","))
        #: Slack's word for why it accepts the bot's token no longer, and the app's.
        self.bot_token_error = ""
        self.app_token_error = ""
        #: Where this server listens, learnt from the last request, for the addresses it hands out.
        self.origin = "http://127.0.0.1"
        self._last_ts = 0
        self._furnish()

    def new_ts(self) -> str:
        """Unique and rising, even when the clock is moved back."""
        self._last_ts = max(int(self.clock.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_id(self, kind: str) -> str:
        return kind + secrets.token_hex(5).upper()

    def add_user(self, user_id: str, name: str, title: str = "", *, is_bot: bool = False) -> Json:
        self.users[user_id] = _user(user_id, name, title, is_bot=is_bot)
        return self.users[user_id]

    def get_user(self, user_id: object) -> Json:
        """ValueError when nobody has this id."""
        if str(user_id) not in self.users:
            raise ValueError(f"There is no user {user_id} in Slack.")
        return self.users[str(user_id)]

    def get_channel(self, channel_id: object) -> Channel:
        """By id or #name; ValueError when there is none."""
        wanted = str(channel_id)
        for channel in self.channels.values():
            if wanted in {channel.id, f"#{channel.name}", channel.name}:
                return channel
        raise ValueError(f"There is no channel {channel_id} in Slack.")

    def direct_channel(self, user_id: str) -> Channel:
        """The conversation of one person with the bot."""
        channel_id = "D" + user_id[1:]
        if channel_id not in self.channels:
            members = {user_id, credentials.SLACK_BOT_USER}
            name = str(self.users[user_id]["real_name"])
            self.channels[channel_id] = Channel(
                id=channel_id, name=name, members=members, is_im=True
            )
        return self.channels[channel_id]

    def _furnish(self) -> None:
        self.add_user(credentials.SLACK_BOT_USER, credentials.SLACK_BOT_NAME, is_bot=True)
        for user_id, (name, title) in STAFF.items():
            self.add_user(user_id, name, title)
        for channel_id, name in CHANNELS.items():
            members = {credentials.SLACK_BOT_USER, *STAFF}
            self.channels[channel_id] = Channel(id=channel_id, name=name, members=members)


def _user(user_id: str, real_name: str, title: str, *, is_bot: bool) -> Json:
    first, _, last = real_name.partition(" ")
    user: Json = {
        "id": user_id,
        "team_id": credentials.SLACK_TEAM,
        "name": first.lower(),
        "deleted": False,
        "real_name": real_name,
        "tz": "Europe/Vienna",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "is_admin": False,
        "is_owner": False,
        "is_bot": is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }
    profile: Json = {
        "title": title,
        "real_name": real_name,
        "real_name_normalized": real_name,
        "display_name": first,
        "display_name_normalized": first,
        "first_name": first,
        "last_name": last,
        "team": credentials.SLACK_TEAM,
    }
    if is_bot:
        profile |= {"bot_id": credentials.SLACK_BOT_ID, "api_app_id": credentials.SLACK_APP_ID}
    return {**user, "profile": profile}

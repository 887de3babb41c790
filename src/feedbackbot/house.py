"""What every activity needs to know of this installation: what is said here, and its few numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from feedbackbot.engine.script import Library, Script


@dataclass(slots=True, kw_only=True)
class House:
    """`library` is replaced as a whole when scripts are reloaded; everything else stands still."""

    library: Library
    #: every version ever loaded in this process, by hash; older ones come from script_versions
    versions: dict[str, Script] = field(default_factory=dict)
    #: the scripts that a version calls, by that version's hash
    called: dict[str, dict[str, Script]] = field(default_factory=dict)
    #: everything that stood in the folder together with a version, by its hash
    libraries: dict[str, Library] = field(default_factory=dict)
    conversations: Path
    #: the bot's Telegram name without @, for links
    bot_username: str
    #: the bot's own Telegram id, part of the keys of what is received
    bot_id: int
    #: route of a script (support, marketing, ideas …) -> Slack channel id
    slack_channels: dict[str, str] = field(default_factory=dict)
    public_url: str = ""
    #: selected_quotes | everyone
    publication_mode: str = "selected_quotes"
    text_pause: float = 3.0
    inbound_per_minute: int = 20
    #: days after which an unopened link runs out
    link_days: int = 90
    #: marks of those who asked to be erased, kept outside the database
    erased_file: Path | None = None
    #: names of testimonials that were taken back, kept outside the database
    withdrawn_file: Path | None = None
    #: how far the outbox had been sent, kept outside the database
    sent_file: Path | None = None

    def slack_channel(self, route: str) -> str | None:
        """The channel of a route; what has no channel of its own goes to support."""
        return self.slack_channels.get(route) or self.slack_channels.get("support")

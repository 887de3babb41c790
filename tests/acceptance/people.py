"""Hands and eyes for everybody who plays: customers on their phones, staff in Slack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from acceptance.asking import PATIENCE, until
from acceptance.platforms import SUPPORT, Platforms


@dataclass(slots=True, kw_only=True)
class Phone:
    """A customer's hands and eyes; what was seen is not seen again."""

    stage: Platforms
    id: int
    seen: int = 0

    def opens(self, link: str) -> None:
        self.stage.play("telegram/open_link", customer=self.id, link=link)

    def writes(self, text: str) -> None:
        self.stage.play("telegram/send", customer=self.id, text=text)

    def sends(self, **what: Any) -> None:
        self.stage.play("telegram/send", customer=self.id, **what)

    def taps(self, label: str) -> None:
        self.stage.play("telegram/tap", customer=self.id, label=label)

    def reads(self, text: str) -> str:
        """Waits until the bot has said something new with these words in it."""
        found = self.finds(text)
        return str(found.get("text") or found.get("caption") or "")

    def finds(self, text: str) -> dict[str, Any]:
        """The same, and the whole message with its buttons and files."""
        found: dict[str, Any] = self.stage.look(
            "wait", customer=self.id, has=text, after=self.seen, timeout=PATIENCE
        )
        self.seen = found["message_id"]
        return found

    def heard(self) -> list[str]:
        """The texts that the bot has sent to this phone, oldest first."""
        return [str(m.get("text")) for m in self.messages() if m["from"] == "bot" and m.get("text")]

    def messages(self) -> list[dict[str, Any]]:
        """Everything on the phone, oldest first."""
        people = self.stage.look("state")["telegram"]["customers"]
        found: list[dict[str, Any]] = next(p for p in people if p["id"] == self.id)["messages"]
        return found


@dataclass(slots=True, kw_only=True)
class Staff:
    """Somebody in Slack."""

    stage: Platforms
    user: str
    seen: str = "0"

    def reads(self, text: str, channel: str = SUPPORT) -> dict[str, Any]:
        found: dict[str, Any] = self.stage.look("wait", channel=channel, has=text, timeout=PATIENCE)
        return found

    def is_told(self, text: str) -> str:
        """Waits for a note that only this person sees."""

        def find() -> str | None:
            for message in self.stage.look("state")["slack"]["messages"]:
                if message.get("ephemeral_for") == self.user and text in message["text"]:
                    return str(message["text"])
            return None

        return until(find, f"{self.user} is told {text!r}")

    def clicks(self, label: str, card: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.stage.play(
            "slack/click", user=self.user, channel=card["channel"], ts=card["ts"], label=label
        )
        return found

    def submits(self, view: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.stage.play(
            "slack/submit", view_id=view["view_id"], values=values
        )
        return found

    def writes(self, text: str, card: dict[str, Any]) -> dict[str, Any]:
        """Into the thread of a card."""
        found: dict[str, Any] = self.stage.play(
            "slack/send",
            user=self.user,
            channel=card["channel"],
            text=text,
            thread_ts=card["ts"],
        )
        return found

"""Whose workspace this is, and who in it may act: full members, nobody from outside."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from feedbackbot.channels.slack_api import SlackApi, SlackRefusal
from feedbackbot.errors import NotAllowed
from feedbackbot.staff import Staff

#: how long a person's name and standing are taken as known
_FRESH_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the bot itself is called here."""

    team_id: str
    bot_user: str
    bot_id: str | None


class Workspace:
    """Asks Slack once and remembers."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._identity: Identity | None = None
        self._asking = asyncio.Lock()
        self._people: dict[str, tuple[float, Staff | str]] = {}

    async def identity(self) -> Identity:
        """Raises a DeliveryError while Slack can't be asked."""
        async with self._asking:
            if self._identity is None:
                answer = await self._api.call("auth.test")
                self._identity = Identity(
                    team_id=str(answer["team_id"]),
                    bot_user=str(answer["user_id"]),
                    bot_id=answer.get("bot_id"),
                )
        return self._identity

    async def staff(self, user_id: str) -> Staff:
        """The member of staff; NotAllowed, with the reason, for anybody else."""
        found = self._people.get(user_id)
        if found is None or found[0] < time.monotonic():
            known = await self._look_up(user_id)
            self._people[user_id] = (time.monotonic() + _FRESH_SECONDS, known)
        else:
            known = found[1]
        if isinstance(known, str):
            raise NotAllowed(known)
        return known

    async def _look_up(self, user_id: str) -> Staff | str:
        team_id = (await self.identity()).team_id
        try:
            user = (await self._api.call("users.info", user=user_id))["user"]
        except SlackRefusal as refusal:
            if refusal.code in {"user_not_found", "user_not_visible"}:
                return "I don't know you in this workspace, so I can't do that for you."
            raise
        return _why_not(user, team_id) or Staff(user_id=user_id, name=_name(user))


def _why_not(user: dict[str, Any], team_id: str) -> str | None:
    if user.get("is_bot") or user.get("deleted"):
        return "Only people of this workspace can do that."
    if user.get("is_stranger") or user.get("team_id", team_id) != team_id:
        return "Only members of this workspace can do that, not of a connected one."
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "Guests can read along, but only full members can act and write to customers."
    return None


def _name(user: dict[str, Any]) -> str:
    profile = user.get("profile") or {}
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"))
    return str(next((name for name in names if name), None) or user.get("name") or "A colleague")

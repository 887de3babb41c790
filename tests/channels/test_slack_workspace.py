"""Who may act: full members of this workspace, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from feedbackbot.channels.slack_api import SlackApi, SlackRefusal
from feedbackbot.channels.slack_workspace import Workspace
from feedbackbot.errors import NotAllowed


class Directory(SlackApi):
    """Answers from one person's entry, and counts the questions."""

    def __init__(self, **user: Any) -> None:
        super().__init__("xoxb-nobody", "http://127.0.0.1:9/")
        self.user = user
        self.asked: list[str] = []

    async def call(self, method: str, *, may_repeat: bool = True, **params: Any) -> dict[str, Any]:
        self.asked.append(method)
        if method == "auth.test":
            return {"team_id": "T0", "user_id": "U0BOT", "bot_id": "B0"}
        if not self.user:
            raise SlackRefusal("user_not_found", method, [])
        return {"user": {"team_id": "T0", **self.user}}


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ({"is_bot": True}, "Only people"),
        ({"deleted": True}, "Only people"),
        ({"is_restricted": True}, "Guests can read along"),
        ({"is_ultra_restricted": True}, "Guests can read along"),
        ({"is_stranger": True}, "not of a connected one"),
        ({"team_id": "T0EVIL"}, "not of a connected one"),
        ({}, "I don't know you"),
    ],
)
async def test_nobody_from_outside_may_act(user: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotAllowed, match=reason):
        await Workspace(Directory(**user)).staff("U0RITA")


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"name": "rita", "profile": {"real_name": "Rita Sommer"}}, "Rita Sommer"),
        ({"name": "rita", "real_name": "", "profile": {"display_name": "Rita S."}}, "Rita S."),
        ({"name": "rita"}, "rita"),
    ],
)
async def test_a_member_is_called_by_their_real_name(user: dict[str, Any], name: str) -> None:
    assert (await Workspace(Directory(**user)).staff("U0RITA")).name == name


async def test_slack_is_asked_once_for_each_person() -> None:
    directory = Directory(name="rita")
    workspace = Workspace(directory)

    await workspace.staff("U0RITA")
    await workspace.staff("U0RITA")

    assert directory.asked == ["auth.test", "users.info"]

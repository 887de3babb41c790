"""The buttons that act at once: Claim, Take over, Release, Reopen, Approve, and sending words that stayed inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from feedbackbot import escalating, reviewing
from feedbackbot.errors import NotAllowed
from feedbackbot.house import House
from feedbackbot.staff import Staff

if TYPE_CHECKING:
    from feedbackbot.channels.slack_app import SlackInbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button, who pressed it, and where."""

    staff: Staff
    action: str
    #: our own number of what the button is about; looked up again before anything happens
    value: str
    channel: str
    thread_ts: str | None
    trigger_id: str

    @classmethod
    def of(cls, body: dict[str, Any], staff: Staff) -> Press:
        """From what Slack tells of a pressed button."""
        container = body.get("container") or {}
        pressed = (body.get("actions") or [{}])[0]
        return cls(
            staff=staff,
            action=str(pressed.get("action_id")),
            value=str(pressed.get("value") or ""),
            channel=str(container.get("channel_id") or ""),
            thread_ts=container.get("thread_ts") or container.get("message_ts"),
            trigger_id=str(body.get("trigger_id") or ""),
        )

    @property
    def number(self) -> int:
        first = self.value.partition(":")[0]
        if not first.isdecimal():
            raise NotAllowed("This button is no longer known.")
        return int(first)


async def act(inbox: SlackInbox, body: dict[str, Any]) -> None:
    """Do what the button says, in one transaction."""
    press = await inbox.press_of(body)
    try:
        await inbox.write(
            lambda session: ACTIONS[press.action](session, inbox.house, press, inbox.now())
        )
    except NotAllowed:
        if press.action == "approve":
            await _refused(inbox, press)
        raise


async def _refused(inbox: SlackInbox, press: Press) -> None:
    """Whoever acted on an old card gets the new one; that they did is kept, too."""
    await inbox.write(
        lambda session: reviewing.refused(
            session, inbox.house, press.number, staff=press.staff, now=inbox.now()
        )
    )


def _claim(session: Session, house: House, press: Press, now: datetime) -> None:
    escalating.claim(session, house, press.number, staff=press.staff, now=now)


def _take_over(session: Session, house: House, press: Press, now: datetime) -> None:
    escalating.claim(session, house, press.number, staff=press.staff, take_over=True, now=now)


def _release(session: Session, house: House, press: Press, now: datetime) -> None:
    escalating.release(session, house, press.number, staff=press.staff, now=now)


def _reopen(session: Session, house: House, press: Press, now: datetime) -> None:
    escalating.reopen(session, house, press.number, staff=press.staff, now=now)


def _send_draft(session: Session, house: House, press: Press, now: datetime) -> None:
    escalating.send_draft(session, house, press.number, staff=press.staff, now=now)


def _take_over_send(session: Session, house: House, press: Press, now: datetime) -> None:
    escalating.send_draft(session, house, press.number, staff=press.staff, take_over=True, now=now)


def _approve(session: Session, house: House, press: Press, now: datetime) -> None:
    shown = press.value.partition(":")[2]
    reviewing.approve(session, house, press.number, staff=press.staff, fingerprint=shown, now=now)


ACTIONS: dict[str, Callable[[Session, House, Press, datetime], None]] = {
    "claim": _claim,
    "take_over": _take_over,
    "release": _release,
    "reopen": _reopen,
    "send_draft": _send_draft,
    "take_over_send": _take_over_send,
    "approve": _approve,
}

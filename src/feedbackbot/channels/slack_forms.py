"""Opens the forms within Slack's three seconds, and applies what was filled in before Slack closes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from feedbackbot import escalating, reviewing
from feedbackbot.channels.slack_acts import Press
from feedbackbot.channels.slack_api import SlackRefusal
from feedbackbot.channels.slack_modals import (
    Origin,
    edit_form,
    has_field,
    origin_of,
    reject_form,
    reply_form,
    resolve_form,
    value_of,
)
from feedbackbot.engine.times.zones import zone_of
from feedbackbot.errors import EscalationTaken, NotAllowed
from feedbackbot.escalating.afterwards import is_asked
from feedbackbot.escalating.case_card import get
from feedbackbot.escalating.settling import CHECK_AFTER, newest_words
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.reviewing import quote_card
from feedbackbot.staff import Staff

if TYPE_CHECKING:
    from feedbackbot.channels.slack_app import SlackInbox

View = dict[str, Any]
#: how far away the day of the check may be
_LATEST = timedelta(days=90)
_TOO_LATE = {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"}


async def open_form(inbox: SlackInbox, body: dict[str, Any]) -> None:
    """The one call that goes straight to Slack: a form must open within three seconds of the press."""
    press = await inbox.press_of(body)
    view = await inbox.read(
        lambda session: OPENERS[press.action](session, inbox.house, press, inbox.now())
    )
    try:
        await inbox.api.call("views.open", trigger_id=press.trigger_id, view=view)
    except SlackRefusal as refusal:
        if refusal.code not in _TOO_LATE:
            raise
        raise NotAllowed(
            "That took too long for Slack to open the form. Press once more."
        ) from None
    if press.action == "reply":
        await inbox.write(
            lambda session: escalating.typing(
                session, inbox.house, press.number, staff=press.staff, now=inbox.now()
            )
        )


async def submit(inbox: SlackInbox, body: dict[str, Any]) -> dict[str, str]:
    """Apply a form; what is wrong with it, by field. A form counts once, however often it arrives."""
    view = body["view"]
    form = FORMS[view["callback_id"]]
    try:
        press = await inbox.press_of(body)
        await inbox.write(
            lambda session: (
                _once(session, inbox, view)
                and form(session, inbox.house, view, press.staff, inbox.now())
            )
        )
    except _Wrong as wrong:
        return {wrong.field: str(wrong)}
    except EscalationTaken as taken:
        return {
            _first(
                view
            ): f"{taken.owner} has claimed this since you opened the form. Close it, and take over if you want to answer."
        }
    except NotAllowed as why:
        return {_first(view): str(why)}
    return {}


class _Wrong(NotAllowed):
    """A field can't be taken as it was filled in."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


_Form = Callable[[Session, House, View, Staff, datetime], None]


def _once(session: Session, inbox: SlackInbox, view: View) -> bool:
    return audit.remember(session, f"slack:view:{view['id']}", now=inbox.now())


def _first(view: View) -> str:
    return next(str(block["block_id"]) for block in view["blocks"] if block["type"] == "input")


def _open_reply(session: Session, house: House, press: Press, now: datetime) -> View:
    row = get(session, press.number)
    facts = escalating.card(session, house, row, now=now)
    origin = _origin(press, owner=row.claimed_by)
    return reply_form(facts, origin, user_id=press.staff.user_id)


def _open_resolve(session: Session, house: House, press: Press, now: datetime) -> View:
    row = get(session, press.number)
    facts = escalating.card(session, house, row, now=now)
    if facts["status"] == "resolved":
        raise NotAllowed(f"{facts['resolved_by'] or 'Somebody'} has resolved this already.")
    origin = _origin(press, words=newest_words(session, row))
    in_two_days = _local(house, now + CHECK_AFTER).date()
    return resolve_form(
        facts, origin, check_on=in_two_days if is_asked(session, house, row) else None
    )


def _open_edit(session: Session, house: House, press: Press, now: datetime) -> View:
    row = quote_card.get(session, press.number)
    return edit_form(reviewing.card(session, house, row, now=now), _origin(press))


def _open_reject(session: Session, house: House, press: Press, now: datetime) -> View:
    del house, now
    quote_card.get(session, press.number)
    title = "Take down" if press.action == "take_down" else "Reject"
    return reject_form(_origin(press), title=title)


def _origin(press: Press, *, owner: str | None = None, words: int | None = None) -> Origin:
    return Origin(
        id=press.number,
        channel=press.channel,
        thread_ts=press.thread_ts,
        owner=owner,
        words=words,
    )


def _reply(session: Session, house: House, view: View, staff: Staff, now: datetime) -> None:
    origin = origin_of(view)
    escalating.reply_to_form(
        session,
        house,
        origin.id,
        staff=staff,
        text=value_of(view, "words"),
        owner_seen=origin.owner,
        now=now,
    )


def _resolve(session: Session, house: House, view: View, staff: Staff, now: datetime) -> None:
    origin = origin_of(view)
    escalating.resolve(
        session,
        house,
        origin.id,
        staff=staff,
        cause=value_of(view, "cause"),
        action_taken=value_of(view, "action"),
        check_on=_check_on(house, value_of(view, "day"), now) if has_field(view, "day") else None,
        last_words=value_of(view, "last_words"),
        words_seen=origin.words,
        now=now,
    )


def _check_on(house: House, chosen: str, now: datetime) -> datetime:
    """The chosen day, at the hour of the press; so "in two days" is two days."""
    local = _local(house, now)
    try:
        day = date.fromisoformat(chosen)
    except ValueError:
        raise _Wrong("day", "Please choose a day.") from None
    if not local.date() < day <= (local + _LATEST).date():
        raise _Wrong("day", f"Choose a day from tomorrow, at most {_LATEST.days} days ahead.")
    return datetime.combine(day, local.time(), tzinfo=local.tzinfo).astimezone(now.tzinfo)


def _edit(session: Session, house: House, view: View, staff: Staff, now: datetime) -> None:
    text = value_of(view, "text")
    reviewing.suggest_edit(session, house, origin_of(view).id, staff=staff, text=text, now=now)


def _reject(session: Session, house: House, view: View, staff: Staff, now: datetime) -> None:
    reason = value_of(view, "reason")
    reviewing.reject(session, house, origin_of(view).id, staff=staff, reason=reason, now=now)


def _local(house: House, moment: datetime) -> datetime:
    return moment.astimezone(zone_of(house.library.shop.timezone))


OPENERS: dict[str, Callable[[Session, House, Press, datetime], View]] = {
    "reply": _open_reply,
    "resolve": _open_resolve,
    "ask_edit": _open_edit,
    "reject": _open_reject,
    "take_down": _open_reject,
}
FORMS: dict[str, _Form] = {
    "reply_form": _reply,
    "resolve_form": _resolve,
    "edit_form": _edit,
    "reject_form": _reject,
}

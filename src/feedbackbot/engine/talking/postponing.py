"""Not now: the open question comes back at a time that suits the customer better, or never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.events import InvitationDeclined, InvitationDeferred, Purpose
from feedbackbot.engine.happenings import Tap
from feedbackbot.engine.talking import ending, posing, runner
from feedbackbot.engine.talking.asides import close_aside, put_aside
from feedbackbot.engine.talking.speech import rows_of, timezone, wording
from feedbackbot.engine.talking.talk import Talk, running
from feedbackbot.engine.times.zones import zone_of

_EVENING: Final = 19
_TOO_LATE_TODAY: Final = 18
#: the conversation lives at least this long after the new moment
_ROOM: Final = timedelta(days=4)


def ask_when(talk: Talk) -> None:
    late = _local(talk).hour >= _TOO_LATE_TODAY
    rows = rows_of(talk, "later", without=("evening",) if late else ())
    put_aside(talk, "later", wording(talk, "later.ask"), rows=rows)


def answer_when(talk: Talk, pressed: Tap, label: str) -> None:
    close_aside(talk, label)
    if talk.state is None:
        return
    if pressed.choice == "never":
        talk.note(InvitationDeclined(invitation_id=talk.state.invitation_id))
        talk.say(wording(talk, "later.never"), Purpose.ANSWER)
        ending.cut_short(talk, "declined")
        return
    choice = pressed.choice
    if choice == "evening" and _local(talk).hour >= _EVENING:
        # the button had waited until its evening was over or had begun
        choice, label = "tomorrow", talk.scene.common.buttons["later"]["tomorrow"]
    _put_off(talk, posing.waking_hour(talk, _moment(talk, choice)))
    talk.say(wording(talk, "later.set", when=label[:1].lower() + label[1:]), Purpose.ANSWER)


def come_back(talk: Talk) -> None:
    """The better time has come; who had not answered anything is greeted afresh."""
    state, script = running(talk)
    talk.drop_timers("later")
    if state.names or state.calls:
        posing.pose(talk)
        return
    talk.begun_by = "due"
    talk.state = replace(state, questions=0)
    runner.go_to(talk, script.first)


def _put_off(talk: Talk, moment: datetime) -> None:
    until = moment.astimezone(UTC)
    posing.close_question(talk, None)
    state, _ = running(talk)
    talk.note(InvitationDeferred(invitation_id=state.invitation_id, until=until))
    talk.set_timer("later", until)
    expire = talk.timers.get("expire")
    if expire is not None:
        talk.set_timer("expire", max(expire, until + _ROOM))


def _moment(talk: Talk, choice: str) -> datetime:
    """Tomorrow is never so late that it would become the day after."""
    local = _local(talk)
    evening = local.replace(hour=_EVENING, minute=0, second=0, microsecond=0)
    if choice == "evening":
        return evening
    days = timedelta(days=7 if choice == "week" else 1)
    return min(local, evening) + days


def _local(talk: Talk) -> datetime:
    return talk.now.astimezone(zone_of(timezone(talk)))

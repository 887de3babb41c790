"""What a turn means for invitations: accepted, put off, queued, declined, begun, or cut loose from this chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from feedbackbot import inviting
from feedbackbot.engine import events
from feedbackbot.models import audit
from feedbackbot.models.base import Base
from feedbackbot.models.invitation import InvitationStatus
from feedbackbot.models.timer import clear_timer, set_timer
from feedbackbot.recording import Recording


def _accept(recording: Recording, event: events.InvitationAccepted) -> None:
    _change(
        recording,
        event.invitation_id,
        status=InvitationStatus.ACCEPTED,
        accepted_at=recording.now,
        due_at=event.due_at,
    )
    if event.due_at is not None:
        set_timer(recording.session, "invitation", event.invitation_id, event.due_at)


def _defer(recording: Recording, event: events.InvitationDeferred) -> None:
    """"Not now": an opened link that is asked about later; one that had begun begins again then."""
    _change(
        recording,
        event.invitation_id,
        status=InvitationStatus.ACCEPTED,
        accepted_at=recording.now,
        due_at=event.until,
    )
    set_timer(recording.session, "invitation", event.invitation_id, event.until)


def _queue(recording: Recording, event: events.InvitationQueued) -> None:
    """Its turn comes when the running conversation has ended."""
    _change(
        recording,
        event.invitation_id,
        status=InvitationStatus.ACCEPTED,
        accepted_at=recording.now,
    )
    clear_timer(recording.session, "invitation", event.invitation_id)


def _decline(recording: Recording, event: events.InvitationDeclined) -> None:
    _change(recording, event.invitation_id, status=InvitationStatus.DECLINED)
    clear_timer(recording.session, "invitation", event.invitation_id)


def _cut(recording: Recording, event: events.TieCut) -> None:
    """The order stays the shop's; this chat has nothing more to do with it."""
    recording.session.flush()
    inviting.cut_tie(recording.session, event.invitation_id, now=recording.now)
    recording.session.flush()
    clear_timer(recording.session, "invitation", event.invitation_id)
    audit.record(
        recording.session,
        actor="customer",
        act="tie_cut",
        subject=f"invitation:{event.invitation_id}",
        now=recording.now,
    )


def _change(recording: Recording, invitation_id: int, **values: Any) -> None:
    recording.session.connection().execute(
        update(_INVITATIONS).where(_INVITATIONS.c.id == invitation_id).values(values)
    )


_INVITATIONS = Base.metadata.tables["invitations"]

EFFECTS_ON_OFFERS: dict[type[events.Event], Callable[[Recording, Any], None]] = {
    events.InvitationAccepted: _accept,
    events.InvitationDeferred: _defer,
    events.InvitationQueued: _queue,
    events.InvitationDeclined: _decline,
    events.TieCut: _cut,
}

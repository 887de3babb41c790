"""What a turn means for invitations: accepted, put off, queued, declined, or cut loose from this chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from feedbackbot import inviting
from feedbackbot.conversing.recording import Recording
from feedbackbot.engine import events
from feedbackbot.models import audit
from feedbackbot.models.timer import clear_timer


def _accept(recording: Recording, event: events.InvitationAccepted) -> None:
    if event.due_at is not None and event.due_at <= recording.now and recording.is_customers_act:
        # "Ask me now": no opening hours and no timer stand before it.
        recording.due_now.append(event.invitation_id)
    inviting.accept(recording.session, event.invitation_id, due_at=event.due_at, now=recording.now)


def _defer(recording: Recording, event: events.InvitationDeferred) -> None:
    inviting.defer(recording.session, event.invitation_id, until=event.until)


def _queue(recording: Recording, event: events.InvitationQueued) -> None:
    """Its timer is set when the running conversation ends."""
    inviting.accept(recording.session, event.invitation_id, due_at=None, now=recording.now)
    clear_timer(recording.session, "invitation", event.invitation_id)


def _decline(recording: Recording, event: events.InvitationDeclined) -> None:
    inviting.decline(recording.session, event.invitation_id)


def _cut(recording: Recording, event: events.TieCut) -> None:
    inviting.cut_tie(recording.session, event.invitation_id, now=recording.now)
    recording.session.flush()
    audit.record(
        recording.session,
        actor="customer",
        act="tie_cut",
        subject=f"invitation:{event.invitation_id}",
        now=recording.now,
    )


EFFECTS_ON_OFFERS: dict[type[events.Event], Callable[[Recording, Any], None]] = {
    events.InvitationAccepted: _accept,
    events.InvitationDeferred: _defer,
    events.InvitationQueued: _queue,
    events.InvitationDeclined: _decline,
    events.TieCut: _cut,
}

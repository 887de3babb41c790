"""What a turn means for people: complaints, testimonials, notes to the team, and the customer's standing wishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from feedbackbot import escalating, remembering, reviewing
from feedbackbot.conversing import effects_on_rewards
from feedbackbot.conversing.recording import Recording
from feedbackbot.engine import events, talking
from feedbackbot.models import audit, outbox
from feedbackbot.models.customer import Customer
from feedbackbot.models.timer import set_timer


def _open_case(recording: Recording, event: events.ComplaintRaised) -> None:
    case_id = escalating.open_for(
        recording.session,
        recording.house,
        _customer(recording),
        event,
        conversation_id=recording.conversation_id,
        purchase_id=recording.purchase_id,
        now=recording.now,
    )
    recording.chat = talking.with_case_id(recording.chat, case_id)


def _add_words(recording: Recording, event: events.CaseWritten) -> None:
    escalating.add_words(recording.session, recording.house, event, now=recording.now)


def _note(recording: Recording, event: events.CaseTold) -> None:
    escalating.note(
        recording.session,
        recording.house,
        event.escalation_id,
        event.note,
        reopens=event.reopens,
        now=recording.now,
    )


def _recovered(recording: Recording, event: events.RecoveryAnswered) -> None:
    escalating.recovered(
        recording.session,
        recording.house,
        event.escalation_id,
        solved=event.solved,
        now=recording.now,
    )


def _tell_team(recording: Recording, event: events.NoteTold) -> None:
    channel = recording.house.slack_channel(event.to)
    if channel is not None:
        outbox.put(
            recording.session,
            channel="slack",
            chat_key=f"slack:channel:{channel}",
            kind="card",
            payload={"card": "note", "channel": channel, "text": event.text},
            customer_id=recording.customer_id,
            now=recording.now,
        )


def _consent(recording: Recording, event: events.ConsentGiven) -> None:
    testimonial_id = reviewing.consented(
        recording.session,
        recording.house,
        _customer(recording),
        event,
        conversation_id=recording.conversation_id,
        purchase_id=recording.purchase_id,
        now=recording.now,
    )
    recording.chat = talking.with_testimonial_id(recording.chat, testimonial_id)


def _decline_edit(recording: Recording, event: events.EditDeclined) -> None:
    reviewing.edit_declined(
        recording.session,
        recording.house,
        event.testimonial_id,
        keep_mine=event.keep_mine,
        now=recording.now,
    )


def _let_edit_lapse(recording: Recording, event: events.EditLapsed) -> None:
    reviewing.edit_lapsed(
        recording.session, recording.house, event.testimonial_id, now=recording.now
    )


def _withdraw(recording: Recording, event: events.WithdrawalAsked) -> None:
    reviewing.withdraw(recording.session, recording.house, event.testimonial_id, now=recording.now)


def _erase(recording: Recording, event: events.ErasureAsked) -> None:
    del event
    remembering.erase(recording.session, recording.house, recording.customer_id, now=recording.now)
    recording.erased = True


def _stop(recording: Recording, event: events.Stopped) -> None:
    del event
    recording.columns["stopped_at"] = recording.now
    for invitation_id in recording.before.queued:
        # what waited for its turn is looked at once more, and called off with its reason
        set_timer(recording.session, "invitation", invitation_id, recording.now)
    _record(recording, "stopped")


def _resume(recording: Recording, event: events.Resumed) -> None:
    del event
    recording.columns["stopped_at"] = None
    _record(recording, "resumed")


def _permit(recording: Recording, event: events.PermissionGiven) -> None:
    recording.columns["permission"] = event.permission


def _reward(recording: Recording, event: events.RewardGiven) -> None:
    """The code itself stays out of the audit trail."""
    effects_on_rewards.take(recording, event)
    if event.code:
        reviewing.thanked(
            recording.session,
            recording.house,
            recording.customer_id,
            recording.purchase_id,
            now=recording.now,
        )
    if note := effects_on_rewards.find_note(recording, event):
        _tell_team(recording, note)
    act = "reward_given" if event.code else "reward_missing"
    _record_conversation(recording, act, event.pool)


def _tag(recording: Recording, event: events.TagsSet) -> None:
    tags = recording.columns.get("tags", recording.customer.tags)
    known = [tag for tag in str(tags or "").split(",") if tag]
    recording.columns["tags"] = ",".join(dict.fromkeys((*known, *event.tags)))


def _offered(recording: Recording, event: events.TestimonialOffered) -> None:
    _record_conversation(recording, "testimonial_offered", event.step)


def _declined(recording: Recording, event: events.TestimonialDeclined) -> None:
    _record_conversation(recording, "testimonial_declined", event.step)


def _record_conversation(recording: Recording, act: str, step: str) -> None:
    audit.record(
        recording.session,
        actor="customer",
        act=act,
        subject=f"conversation:{recording.conversation_id}",
        detail=step,
        now=recording.now,
    )


def _record(recording: Recording, act: str) -> None:
    subject = f"customer:{recording.customer_id}"
    audit.record(recording.session, actor="customer", act=act, subject=subject, now=recording.now)


def _customer(recording: Recording) -> Customer:
    return recording.session.get_one(Customer, recording.customer_id)


EFFECTS_ON_PEOPLE: dict[type[events.Event], Callable[[Recording, Any], None]] = {
    events.ComplaintRaised: _open_case,
    events.CaseWritten: _add_words,
    events.CaseTold: _note,
    events.RecoveryAnswered: _recovered,
    events.NoteTold: _tell_team,
    events.ConsentGiven: _consent,
    events.EditDeclined: _decline_edit,
    events.EditLapsed: _let_edit_lapse,
    events.WithdrawalAsked: _withdraw,
    events.TestimonialOffered: _offered,
    events.TestimonialDeclined: _declined,
    events.ErasureAsked: _erase,
    events.Stopped: _stop,
    events.Resumed: _resume,
    events.PermissionGiven: _permit,
    events.TagsSet: _tag,
    events.RewardGiven: _reward,
}

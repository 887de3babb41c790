"""Every table, so that the metadata is complete."""

from __future__ import annotations

from feedbackbot.models import (
    audit,
    conversation,
    customer,
    escalation,
    invitation,
    outbox,
    testimonial,
    timer,
)

__all__ = [
    "audit",
    "conversation",
    "customer",
    "escalation",
    "invitation",
    "outbox",
    "testimonial",
    "timer",
]

"""Every table by its name, for statements that are built once."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table

from feedbackbot.models import (
    audit,
    conversation,
    customer,
    escalation,
    invitation,
    outbox,
    process,
    reward,
    testimonial,
    timer,
)
from feedbackbot.models.base import Base

__all__ = [
    "TABLES",
    "audit",
    "conversation",
    "customer",
    "escalation",
    "invitation",
    "outbox",
    "process",
    "reward",
    "testimonial",
    "timer",
]

TABLES: Mapping[str, Table] = Base.metadata.tables

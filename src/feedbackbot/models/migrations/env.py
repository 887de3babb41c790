"""What Alembic runs; the connection and its transaction come from upgrade_engine."""

from __future__ import annotations

from typing import Any

from alembic import context

from feedbackbot.models import tables
from feedbackbot.models.base import Base

assert tables


def is_ours(_item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Other people's tables in the same database are left alone."""
    return kind != "table" or not str(name).startswith("procrastinate_")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=is_ours,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

"""What Alembic runs; the connection and its transaction come from upgrade_engine."""

from __future__ import annotations

from alembic import context

from feedbackbot.models import tables
from feedbackbot.models.base import Base

assert tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

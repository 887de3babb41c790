"""Only messages that are about another one are indexed by it; SQLite looked through all the rest for cards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ABOUT = sa.text("about_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_outbox_about_id", "outbox")
    op.create_index(
        "ix_outbox_about_id", "outbox", ["about_id"], sqlite_where=_ABOUT, postgresql_where=_ABOUT
    )

"""What leaves next is found without looking at everything that waits."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index("ix_outbox_next", "outbox", ["status", "priority", "id"])

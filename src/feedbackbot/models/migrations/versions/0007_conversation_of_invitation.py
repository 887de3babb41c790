"""Whether an invitation is being talked about is found without looking at all conversations."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_conversations_invitation_id", "conversations", ["invitation_id"])

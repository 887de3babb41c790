"""A talk that the customer put off has begun: its invitation must not begin it once more, a month later."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

# the timer of one that has begun is cleared when it comes
_BEGUN = """
    UPDATE invitations SET status = 'started'
    WHERE status = 'accepted' AND EXISTS (
        SELECT 1 FROM conversations
        WHERE conversations.invitation_id = invitations.id
        AND conversations.customer_id = invitations.customer_id
        AND (conversations.status IN ('waiting', 'finished') OR conversations.outcome = 'expired')
    )
"""


def upgrade() -> None:
    op.execute(_BEGUN)

"""The first deadline of a complaint stays for the figures; the one that runs ends with each answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("escalations", sa.Column("first_due_at", sa.BigInteger(), nullable=True))

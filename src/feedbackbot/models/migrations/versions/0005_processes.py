"""Several processes at one database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("polls", sa.Boolean(), nullable=False),
        sa.Column("beat_at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "send_limits",
        sa.Column("channel", sa.String(), primary_key=True),
        sa.Column("state", sa.String(), nullable=False),
    )
    op.add_column("outbox", sa.Column("process_id", ID, nullable=True))

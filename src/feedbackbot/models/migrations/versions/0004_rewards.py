"""Codes that customers are thanked with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
SEALED = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "reward_codes",
        sa.Column("id", ID, primary_key=True),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("code", SEALED, nullable=False),
        sa.Column("code_index", sa.String(), nullable=True),
        sa.Column("valid_until", MOMENT, nullable=True),
        sa.Column(
            "purchase_id",
            ID,
            sa.ForeignKey("purchases.id", name="fk_reward_codes_purchase_id"),
            nullable=True,
        ),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("given_at", MOMENT, nullable=True),
        sa.UniqueConstraint("code_index", name="uq_reward_codes_code_index"),
        sa.UniqueConstraint("purchase_id", "pool", name="uq_reward_codes_purchase_id_pool"),
        sqlite_autoincrement=True,
    )

"""What an opened link brought into a chat besides its order leaves it whole with "Not my order"."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("invitations", sa.Column("brought", sa.LargeBinary(), nullable=True))

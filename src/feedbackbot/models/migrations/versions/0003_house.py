"""What is to be sent and looked at again, what came in, and who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
SEALED = sa.LargeBinary()
STATUS = sa.String(20)


def upgrade() -> None:
    _outbox()
    _timers()
    _received()
    _quarantine()
    _audit()
    _suppressions()
    _house_facts()


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, primary_key=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("payload", SEALED, nullable=True),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("visit", sa.Integer(), nullable=True),
        sa.Column("reply_id", ID, nullable=True),
        sa.Column("about_id", ID, nullable=True),
        sa.Column("platform_id", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", SEALED, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sending_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_about_id", "outbox", ["about_id"])
    op.create_index("ix_outbox_customer_id", "outbox", ["customer_id"])
    op.create_index("ix_outbox_queue", "outbox", ["status", "chat_key", "id"])


def _timers() -> None:
    op.create_table(
        "timers",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.UniqueConstraint("kind", "subject_id", name="uq_timers_kind_subject_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_timers_due_at", "timers", ["due_at"])


def _received() -> None:
    op.create_table(
        "received",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("received_at", MOMENT, nullable=False),
    )
    op.create_index("ix_received_received_at", "received", ["received_at"])


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", ID, primary_key=True),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("raw", SEALED, nullable=True),
        sa.Column("error", SEALED, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("replayed_at", MOMENT, nullable=True),
        sqlite_autoincrement=True,
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("chain", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_subject", "audit", ["subject"])


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("mark", sa.String(), primary_key=True),
        sa.Column("created_at", MOMENT, nullable=False),
    )


def _house_facts() -> None:
    op.create_table(
        "house_facts",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), nullable=False),
    )

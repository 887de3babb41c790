"""Customers, what they bought, what was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
SEALED = sa.LargeBinary()
STATUS = sa.String(20)


def upgrade() -> None:
    _customers()
    _purchases()
    _invitations()
    _script_versions()
    _conversations()
    _answers()
    _messages()
    _media()
    _customer_aliases()


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", ID, primary_key=True),
        sa.Column("telegram_id", ID, nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_customer_id", sa.String(), nullable=True),
        sa.Column("first_name", SEALED, nullable=True),
        sa.Column("last_name", SEALED, nullable=True),
        sa.Column("username", SEALED, nullable=True),
        sa.Column("email", SEALED, nullable=True),
        sa.Column("email_index", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("reach", STATUS, nullable=False),
        sa.Column("permission", sa.String(), nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("chat", SEALED, nullable=True),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("last_asked_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint(
            "source", "source_customer_id", name="uq_customers_source_source_customer_id"
        ),
        sa.UniqueConstraint("telegram_id", name="uq_customers_telegram_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_customers_email_index", "customers", ["email_index"])


def _purchases() -> None:
    op.create_table(
        "purchases",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "customer_id",
            ID,
            sa.ForeignKey("customers.id", name="fk_purchases_customer_id"),
            nullable=False,
        ),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("items", SEALED, nullable=False),
        sa.Column("total_cents", ID, nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("gift", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("purchased_at", MOMENT, nullable=True),
        sa.Column("shipped_at", MOMENT, nullable=True),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.Column("refunded_at", MOMENT, nullable=True),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.UniqueConstraint("source", "order_id", name="uq_purchases_source_order_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_purchases_customer_id", "purchases", ["customer_id"])
    op.create_index("ix_purchases_order_id", "purchases", ["order_id"])


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "purchase_id",
            ID,
            sa.ForeignKey("purchases.id", name="fk_invitations_purchase_id"),
            nullable=False,
        ),
        sa.Column(
            "customer_id",
            ID,
            sa.ForeignKey("customers.id", name="fk_invitations_customer_id"),
            nullable=False,
        ),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("token", SEALED, nullable=False),
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("telegram_id", ID, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("purchase_id", "script", name="uq_invitations_purchase_id_script"),
        sa.UniqueConstraint("token_sha256", name="uq_invitations_token_sha256"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_invitations_customer_id", "invitations", ["customer_id"])


def _script_versions() -> None:
    op.create_table(
        "script_versions",
        sa.Column("version", sa.String(), primary_key=True),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "customer_id",
            ID,
            sa.ForeignKey("customers.id", name="fk_conversations_customer_id"),
            nullable=False,
        ),
        sa.Column(
            "purchase_id",
            ID,
            sa.ForeignKey("purchases.id", name="fk_conversations_purchase_id"),
            nullable=True,
        ),
        sa.Column(
            "invitation_id",
            ID,
            sa.ForeignKey("invitations.id", name="fk_conversations_invitation_id"),
            nullable=True,
        ),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conversations_customer_id", "conversations", ["customer_id"])
    op.create_index("ix_conversations_status", "conversations", ["status"])


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "conversation_id",
            ID,
            sa.ForeignKey("conversations.id", name="fk_answers_conversation_id"),
            nullable=False,
        ),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("metric", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("words", SEALED, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.Column("taken_back_at", MOMENT, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_conversation_id", "answers", ["conversation_id"])
    op.create_index("ix_answers_metric_answered_at", "answers", ["metric", "answered_at"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "customer_id",
            ID,
            sa.ForeignKey("customers.id", name="fk_messages_customer_id"),
            nullable=False,
        ),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", SEALED, nullable=True),
        sa.Column("platform_key", sa.String(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("edited_at", MOMENT, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_customer_id", "messages", ["customer_id"])
    op.create_index("ix_messages_platform_key", "messages", ["platform_key"])


def _media() -> None:
    op.create_table(
        "media",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "customer_id",
            ID,
            sa.ForeignKey("customers.id", name="fk_media_customer_id"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mime", sa.String(), nullable=True),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("file_id", SEALED, nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("content", SEALED, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_media_customer_id", "media", ["customer_id"])
    op.create_index("ix_media_status", "media", ["status"])


def _customer_aliases() -> None:
    op.create_table(
        "customer_aliases",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("source_customer_id", sa.String(), primary_key=True),
        sa.Column(
            "customer_id",
            ID,
            sa.ForeignKey(
                "customers.id", name="fk_customer_aliases_customer_id", ondelete="CASCADE"
            ),
            nullable=False,
        ),
    )
    op.create_index("ix_customer_aliases_customer_id", "customer_aliases", ["customer_id"])

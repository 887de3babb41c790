"""Complaints, and words for publication with their consent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
SEALED = sa.LargeBinary()
STATUS = sa.String(20)

#: what erasure may empty, and nobody may fill or change
WORDS = ("text", "wording", "credit_name", "purchase_reference", "telegram_id", "message_key")
PROOF = (
    "id",
    "testimonial_id",
    "text_sha256",
    "wording_sha256",
    "language",
    "uses",
    "credit",
    "media_sha256",
    "controller",
    "script_version",
    "granted_at",
)


def upgrade() -> None:
    _escalations()
    _staff_replies()
    _testimonials()
    _consents()
    _consent_ends()
    _append_only()


def _escalations() -> None:
    op.create_table(
        "escalations",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "customer_id",
            ID,
            sa.ForeignKey("customers.id", name="fk_escalations_customer_id"),
            nullable=False,
        ),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("purchase_id", ID, nullable=True),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("summary", SEALED, nullable=True),
        sa.Column("words", SEALED, nullable=True),
        sa.Column("media_ids", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("slack_channel_id", sa.String(), nullable=True),
        sa.Column("slack_thread_ts", sa.String(), nullable=True),
        sa.Column("card_outbox_id", ID, nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_name", sa.String(), nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("first_reply_at", MOMENT, nullable=True),
        sa.Column("reply_due_at", MOMENT, nullable=True),
        sa.Column("unclaimed_at", MOMENT, nullable=True),
        sa.Column("nobody_at", MOMENT, nullable=True),
        sa.Column("waiting_since", MOMENT, nullable=True),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("action_taken", SEALED, nullable=True),
        sa.Column("check_on", MOMENT, nullable=True),
        sa.Column("recovered", sa.String(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_escalations_customer_id", "escalations", ["customer_id"])
    op.create_index(
        "ix_escalations_slack_channel_id_slack_thread_ts",
        "escalations",
        ["slack_channel_id", "slack_thread_ts"],
    )
    op.create_index("ix_escalations_status", "escalations", ["status"])


def _staff_replies() -> None:
    op.create_table(
        "staff_replies",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "escalation_id",
            ID,
            sa.ForeignKey("escalations.id", name="fk_staff_replies_escalation_id"),
            nullable=False,
        ),
        sa.Column("slack_user_id", sa.String(), nullable=False),
        sa.Column("staff_name", sa.String(), nullable=False),
        sa.Column("text", SEALED, nullable=True),
        sa.Column("slack_channel_id", sa.String(), nullable=True),
        sa.Column("slack_ts", sa.String(), nullable=True),
        sa.Column("echo_outbox_id", ID, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.UniqueConstraint(
            "slack_channel_id", "slack_ts", name="uq_staff_replies_slack_channel_id_slack_ts"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_staff_replies_escalation_id", "staff_replies", ["escalation_id"])


def _testimonials() -> None:
    op.create_table(
        "testimonials",
        sa.Column("id", ID, primary_key=True),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column(
            "customer_id",
            ID,
            sa.ForeignKey("customers.id", name="fk_testimonials_customer_id"),
            nullable=False,
        ),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("purchase_id", ID, nullable=True),
        sa.Column("status", STATUS, nullable=False),
        sa.Column("text", SEALED, nullable=True),
        sa.Column("suggested", SEALED, nullable=True),
        sa.Column("credit_name", SEALED, nullable=True),
        sa.Column("item", SEALED, nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("media_id", ID, nullable=True),
        sa.Column("consent_id", ID, nullable=True),
        sa.Column("slack_channel_id", sa.String(), nullable=True),
        sa.Column("slack_thread_ts", sa.String(), nullable=True),
        sa.Column("card_outbox_id", ID, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.UniqueConstraint("public_id", name="uq_testimonials_public_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_testimonials_customer_id", "testimonials", ["customer_id"])
    op.create_index("ix_testimonials_status", "testimonials", ["status"])


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", ID, primary_key=True),
        sa.Column("testimonial_id", ID, nullable=False),
        sa.Column("text", SEALED, nullable=True),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("wording", SEALED, nullable=True),
        sa.Column("wording_sha256", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("uses", sa.String(), nullable=False),
        sa.Column("credit", sa.String(), nullable=False),
        sa.Column("credit_name", SEALED, nullable=True),
        sa.Column("media_sha256", sa.String(), nullable=True),
        sa.Column("controller", sa.String(), nullable=False),
        sa.Column("script_version", sa.String(), nullable=True),
        sa.Column("telegram_id", ID, nullable=True),
        sa.Column("message_key", sa.String(), nullable=True),
        sa.Column("purchase_reference", SEALED, nullable=True),
        sa.Column("granted_at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_testimonial_id", "consents", ["testimonial_id"])


def _consent_ends() -> None:
    op.create_table(
        "consent_ends",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "consent_id",
            ID,
            sa.ForeignKey("consents.id", name="fk_consent_ends_consent_id"),
            nullable=False,
        ),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.UniqueConstraint("consent_id", name="uq_consent_ends_consent_id"),
        sqlite_autoincrement=True,
    )


def _append_only() -> None:
    """Erasure empties the words of a consent; its hashes and dates stay as they were given."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    other = "IS NOT" if is_sqlite else "IS DISTINCT FROM"
    changed = [f"NEW.{name} {other} OLD.{name}" for name in PROOF]
    filled = [f"(NEW.{n} IS NOT NULL AND NEW.{n} {other} OLD.{n})" for n in WORDS]
    refuse = _refuse_on_sqlite if is_sqlite else _refuse_on_postgres
    refuse("consents", "update", f"WHEN ({' OR '.join((*changed, *filled))})")
    refuse("consents", "delete")
    refuse("consent_ends", "update")
    refuse("consent_ends", "delete")


def _refuse_on_sqlite(table: str, act: str, condition: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table} {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _refuse_on_postgres(table: str, act: str, condition: str = "") -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table} "
        f"FOR EACH ROW {condition} EXECUTE FUNCTION refuse_change()"
    )

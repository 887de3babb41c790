from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedbackbot.models.database import Database
from feedbackbot.models.testimonial import Consent, ConsentEnd

MAY_BE_EMPTIED = {
    "text",
    "wording",
    "credit_name",
    "purchase_reference",
    "telegram_id",
    "message_key",
}
PROOF = [column.name for column in Consent.__table__.columns if column.name not in MAY_BE_EMPTIED]


@pytest.fixture
def consent_id(database: Database, now: datetime) -> int:
    def grant(session: Session) -> int:
        consent = Consent(
            testimonial_id=3,
            text="Best shoes ever",
            text_sha256="a" * 64,
            wording="May we publish this?",
            wording_sha256="b" * 64,
            language="en",
            uses="website",
            credit="first_name",
            credit_name="Ada",
            media_sha256="d" * 64,
            controller="Soma GmbH",
            script_version="c" * 64,
            telegram_id=900001,
            message_key="telegram:900001:12",
            purchase_reference="1001",
            granted_at=now,
        )
        session.add(consent)
        session.flush()
        session.add(ConsentEnd(consent_id=consent.id, how="withdrawn", by="customer", ended_at=now))
        return consent.id

    return database.write(grant)


def change(database: Database, **values: Any) -> None:
    database.write(lambda session: session.execute(update(Consent).values(**values)))


def test_the_words_of_a_consent_can_be_emptied(database: Database, consent_id: int) -> None:
    change(database, **dict.fromkeys(MAY_BE_EMPTIED))

    consent = database.read(lambda session: session.get_one(Consent, consent_id))
    assert (consent.text, consent.credit_name, consent.telegram_id) == (None, None, None)
    assert consent.text_sha256 == "a" * 64


@pytest.mark.parametrize("name", sorted(MAY_BE_EMPTIED))
def test_the_words_of_a_consent_can_t_be_changed(
    database: Database, consent_id: int, name: str
) -> None:
    other: Any = 5 if name == "telegram_id" else "Worst shoes ever"

    with pytest.raises(IntegrityError, match="append-only"):
        change(database, **{name: other})


@pytest.mark.parametrize("name", PROOF)
def test_the_proof_can_t_be_changed_at_all(
    database: Database, consent_id: int, now: datetime, name: str
) -> None:
    others: dict[str, Any] = {"granted_at": now - timedelta(days=1), "id": 9, "testimonial_id": 9}

    with pytest.raises(IntegrityError, match="append-only"):
        change(database, **{name: others.get(name, "x" * 64)})


def test_emptied_words_can_t_be_filled_again(database: Database, consent_id: int) -> None:
    change(database, text=None)

    with pytest.raises(IntegrityError, match="append-only"):
        change(database, text="Best shoes ever")


@pytest.mark.parametrize("table", [Consent, ConsentEnd])
def test_neither_a_consent_nor_its_end_can_be_removed(
    database: Database, consent_id: int, table: type[Consent | ConsentEnd]
) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        database.write(lambda session: session.execute(delete(table)))


def test_the_end_of_a_consent_stays_as_it_was_told(database: Database, consent_id: int) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        database.write(lambda session: session.execute(update(ConsentEnd).values(how="expired")))

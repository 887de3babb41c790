from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from feedbackbot.errors import ConfigError, KeyMismatch
from feedbackbot.models import outbox
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.sealing import keys_of

WORDS = ("Ada", "ada@example.com", "the sole came off", "Walking shoes")


def write_ada(session: Session, now: datetime) -> int:
    ada = Customer(
        first_name="Ada", email="ada@example.com", chat="the sole came off", created_at=now
    )
    session.add(ada)
    session.flush()
    session.add(
        Purchase(
            customer_id=ada.id,
            source="api",
            order_id="1001",
            items=[{"name": "Walking shoes"}],
            created_at=now,
            updated_at=now,
        )
    )
    outbox.put(
        session,
        channel="slack",
        chat_key="slack:escalation:1",
        kind="card",
        payload={"words": "the sole came off"},
        now=now,
    )
    return ada.id


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_customers_said_can_t_be_read_in_the_files_of_an_open_database(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    database.write(lambda session: write_ada(session, now))

    written = b"".join(file.read_bytes() for file in tmp_path.glob("feedbackbot.sqlite3*"))
    assert (tmp_path / "feedbackbot.sqlite3-wal").stat().st_size > 0
    assert b"1001" in written
    for word in WORDS:
        assert word.encode() not in written


def test_what_was_sealed_comes_back_as_it_was(database: Database, now: datetime) -> None:
    ada_id = database.write(lambda session: write_ada(session, now))

    ada = database.read(lambda session: session.get_one(Customer, ada_id))
    purchase = database.read(lambda session: session.scalars(select(Purchase)).one())

    assert (ada.first_name, ada.email, ada.last_name) == ("Ada", "ada@example.com", None)
    assert purchase.items == [{"name": "Walking shoes"}]


def test_half_an_emoji_survives(database: Database, now: datetime) -> None:
    half = "great \ud83d"

    customer = Customer(first_name=half, created_at=now)
    database.write(lambda session: session.add(customer))

    assert database.read(lambda session: session.scalars(select(Customer.first_name)).one()) == half


def test_the_same_words_look_different_each_time(keys: KeyRing) -> None:
    assert keys.seal("answers.words", b"fine") != keys.seal("answers.words", b"fine")


def test_a_value_moved_into_another_column_does_not_open(keys: KeyRing) -> None:
    sealed = keys.seal("answers.words", b"fine")

    with pytest.raises(KeyMismatch):
        keys.unseal("testimonials.text", sealed)


@pytest.mark.parametrize("place", [0, 5, 20, -1])
def test_a_changed_byte_is_noticed(keys: KeyRing, place: int) -> None:
    sealed = bytearray(keys.seal("answers.words", b"fine, thank you"))

    sealed[place] ^= 1

    with pytest.raises(KeyMismatch):
        keys.unseal("answers.words", bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01short"])
def test_what_is_too_short_is_refused_as_well(keys: KeyRing, sealed: bytes) -> None:
    with pytest.raises(KeyMismatch):
        keys.unseal("answers.words", sealed)


def test_a_new_version_of_the_key_seals_and_the_old_one_still_opens() -> None:
    old = KeyRing.generate()
    both = KeyRing.parse(old.dump() + KeyRing.generate().dump().replace("1:", "2:", 1))

    sealed = both.seal("answers.words", b"new")

    assert both.unseal("answers.words", old.seal("answers.words", b"old")) == b"old"
    assert both.unseal("answers.words", sealed) == b"new"
    assert both.fingerprint() == old.fingerprint()
    assert both.blind_index("ada@example.com") == old.blind_index("ada@example.com")
    with pytest.raises(KeyMismatch, match="Version 2"):
        old.unseal("answers.words", sealed)


def test_an_address_is_found_however_it_was_written(keys: KeyRing) -> None:
    assert keys.blind_index(" Ada@Example.COM ") == keys.blind_index("ada@example.com")
    assert keys.blind_index("ada@example.com") != keys.blind_index("bo@example.com")
    assert keys.blind_index("ada@example.com") != keys.mark("ada@example.com")
    assert keys.blind_index("x") != KeyRing.generate().blind_index("x")


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, bytes.hex])
def test_a_key_is_read_as_base64_or_hex(encode: object) -> None:
    key = bytes(range(200, 232))
    assert callable(encode)
    text = encode(key)
    text = text if isinstance(text, str) else text.decode()

    assert KeyRing.parse(f"{text}\n").fingerprint() == KeyRing({1: key}).fingerprint()


@pytest.mark.parametrize("text", ["", "# nothing yet", "c2hvcnQ=", "hunter2!", "x:" + "00" * 32])
def test_what_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        KeyRing.parse(text)

    assert "hunter2" not in str(refused.value)


def test_another_key_is_refused_with_a_sentence_and_changes_nothing(
    database_url: str, keys: KeyRing, now: datetime
) -> None:
    with pytest.raises(KeyMismatch, match="sealed with another key") as refused:
        open_database(database_url, KeyRing.generate(), now=now)

    assert keys.fingerprint() in str(refused.value)
    open_database(database_url, keys, now=now).close()


def test_sessions_know_their_keys(database: Database, keys: KeyRing) -> None:
    assert database.read(keys_of) is keys
    assert database.write(keys_of) is keys


def test_an_engine_without_keys_says_so(database_url: str, now: datetime) -> None:
    engine = create_engine(database_url)

    with Session(engine) as session, pytest.raises((ConfigError, StatementError), match="keys"):
        write_ada(session, now)
    engine.dispose()

"""Columns that only the key can read; the key ring reaches them through the engine's dialect."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from feedbackbot.errors import ConfigError
from feedbackbot.models.keyfile import load_keys
from feedbackbot.models.keys import KeyRing
from feedbackbot.quick_json import from_json, to_json

__all__ = [
    "KeyRing",
    "SealedBytes",
    "SealedJson",
    "SealedText",
    "hand_keys",
    "keys_of",
    "load_keys",
]

_RING = "feedbackbot_keys"


def hand_keys(engine: Engine, keys: KeyRing) -> None:
    """Give an engine's columns their key ring."""
    setattr(engine.dialect, _RING, keys)


def keys_of(session: Session) -> KeyRing:
    """The ring of the session's database, for blind indexes and marks."""
    return _ring(session.get_bind().dialect)


class SealedBytes(TypeDecorator[bytes]):
    """Bytes; `context` names table and column and is authenticated with them."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _ring(dialect).seal(self.context, value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else _ring(dialect).unseal(self.context, value)


class SealedText(TypeDecorator[str]):
    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        # half an emoji, as a platform that counts in UTF-16 may cut it, must not stop a whole turn
        return _ring(dialect).seal(self.context, value.encode("utf-8", "surrogatepass"))

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return _ring(dialect).unseal(self.context, value).decode("utf-8", "surrogatepass")


class SealedJson(TypeDecorator[Any]):
    """Anything JSON-clean; a change inside it is not noticed, so assign a new value."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return _ring(dialect).seal(self.context, to_json(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else from_json(_ring(dialect).unseal(self.context, value))


def _ring(dialect: Dialect) -> KeyRing:
    ring: KeyRing | None = getattr(dialect, _RING, None)
    if ring is None:
        raise ConfigError("This engine was opened without its keys (use open_database).")
    return ring

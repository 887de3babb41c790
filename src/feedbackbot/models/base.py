"""What all tables share: the metadata, and columns for aware moments and sealed values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Integer, MetaData
from sqlalchemy import Enum as EnumColumn
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def _values(members: type[Enum]) -> list[str]:
    return [str(member.value) for member in members]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMES)
    #: statuses stand in their columns as their own words, on every database
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        StrEnum: EnumColumn(
            StrEnum, native_enum=False, create_constraint=False, length=20, values_callable=_values
        )
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # an id stands on Slack buttons and in the audit trail: SQLite must not give it out again
        cls.metadata.tables[cls.__tablename__].dialect_options["sqlite"]["autoincrement"] = True


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: 64 bits on PostgreSQL; SQLite only counts up by itself for INTEGER
Id = BigInteger().with_variant(Integer, "sqlite")


class UtcMoment(TypeDecorator[datetime]):
    """An aware moment, kept as whole microseconds since 1970 UTC, so that both databases compare alike.

    A naive datetime is refused with ValueError.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        since = value - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        return None if value is None else _EPOCH + timedelta(microseconds=value)

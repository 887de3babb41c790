"""Statements of every turn, compiled once for each database and handed to its driver as they are.

Executed the general way they cost three times as much, most of it for finding out again what was known before.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

#: in `session.info`: what is `Held`, where a connection is held anyhow; asking for it costs a third of a statement
HELD = "feedbackbot_held"

_Process = Callable[[Any], Any] | None
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A connection, and what each statement would otherwise have to ask it for."""

    connection: Connection
    dialect: Dialect
    #: of the driver
    cursor: Callable[[], Any]
    #: whoever listens to the engine hears of these statements as of all others
    listeners: tuple[Callable[..., object], ...]

    @classmethod
    def of(cls, connection: Connection) -> Held:
        driver: Any = connection.connection.dbapi_connection
        # as SQLAlchemy does it
        is_heard = connection._has_events or connection.engine._has_events  # noqa: SLF001
        listeners = tuple(connection.dispatch.before_cursor_execute) if is_heard else ()
        return cls(connection, connection.dialect, driver.cursor, listeners)

    def execute(self, text: str, parameters: Any, *, many: bool = False) -> Any:
        """The cursor, to be closed."""
        cursor = self.cursor()
        for hear in self.listeners:
            hear(self.connection, cursor, text, parameters, None, many)
        try:
            if many:
                cursor.executemany(text, parameters)
            else:
                cursor.execute(text, parameters)
        except self.dialect.dbapi.Error as error:  # type: ignore[union-attr]
            cursor.close()
            raise _as_ours(self.dialect, text, error) from error
        return cursor


class Prepared:
    """Like `connection.execute(statement, values)`; flushes nothing.

    An INSERT names its `columns`; an upsert gives one statement for each database by its dialect's name. There
    are no lists in it.
    """

    def __init__(
        self, statement: ClauseElement | Mapping[str, ClauseElement], *, columns: Sequence[str] = ()
    ) -> None:
        self._statement = statement
        self._columns = columns
        self._ready: WeakKeyDictionary[Dialect, _Ready] = WeakKeyDictionary()
        #: nearly always it is the same database
        self._last: tuple[Dialect, _Ready] | None = None

    def run(self, session: Session, values: Values) -> int:
        """How many rows it touched."""
        held = _held(session)
        ready = self._for(held.dialect)
        cursor = held.execute(ready.text, ready.parameters(values))
        count: int = cursor.rowcount
        cursor.close()
        return count

    def run_for_each(self, session: Session, rows: Iterable[Values]) -> None:
        held = _held(session)
        ready = self._for(held.dialect)
        parameters = [ready.parameters(values) for values in rows]
        if len(parameters) == 1:
            # psycopg opens a pipeline for many, which for one costs more than it saves
            held.execute(ready.text, parameters[0]).close()
        else:
            held.execute(ready.text, parameters, many=True).close()

    def all(self, session: Session, values: Values) -> list[Any]:
        """Rows with the columns by their names."""
        held = _held(session)
        ready = self._for(held.dialect)
        cursor = held.execute(ready.text, ready.parameters(values))
        rows = [ready.row(row) for row in cursor.fetchall()]
        cursor.close()
        return rows

    def find(self, session: Session, values: Values) -> Any:
        """The first row, or None."""
        rows = self.all(session, values)
        return rows[0] if rows else None

    def _for(self, dialect: Dialect) -> _Ready:
        if self._last is not None and self._last[0] is dialect:
            return self._last[1]
        ready = self._ready.get(dialect)
        if ready is None:
            ready = self._ready[dialect] = _ready(self._of(dialect), dialect, self._columns)
        self._last = (dialect, ready)
        return ready

    def _of(self, dialect: Dialect) -> ClauseElement:
        if isinstance(self._statement, Mapping):
            return self._statement[dialect.name]
        return self._statement


@dataclass(frozen=True, slots=True)
class _Ready:
    """One statement for one dialect."""

    text: str
    #: name, how its value is turned into what the driver takes, and the value where it is always the same
    places: tuple[tuple[str, _Process, Any], ...]
    #: the driver takes values by name
    is_named: bool
    make: Callable[[Iterable[Any]], Any] | None
    #: where the driver's value is turned into ours
    turned: tuple[tuple[int, Callable[[Any], Any]], ...]

    def parameters(self, values: Values) -> Any:
        found = [
            constant
            if name not in values
            else values[name]
            if process is None
            else process(values[name])
            for name, process, constant in self.places
        ]
        if self.is_named:
            return dict(zip((place[0] for place in self.places), found, strict=True))
        return found

    def row(self, row: Sequence[Any]) -> Any:
        assert self.make is not None
        values = list(row)
        for place, process in self.turned:
            if values[place] is not None:
                values[place] = process(values[place])
        return self.make(values)


def _held(session: Session) -> Held:
    held: Held | None = session.info.get(HELD)
    return Held.of(session.connection()) if held is None else held


def _ready(statement: ClauseElement, dialect: Dialect, columns: Sequence[str]) -> _Ready:
    compiled = statement.compile(dialect=dialect, column_keys=list(columns) or None)
    assert isinstance(compiled, SQLCompiler)
    assert not compiled.insert_prefetch, "a default of a column must be given as a value"
    assert not compiled.post_compile_params, "a list has no fixed number of values"
    text, written = _with_literals(compiled)
    all_names = compiled.positiontup or dict.fromkeys(compiled.bind_names.values())
    names = [name for name in all_names if name not in written]
    processes: Mapping[str, Any] = compiled._bind_processors  # noqa: SLF001
    places = tuple(
        (name, processes.get(name), _constant(compiled, name, processes.get(name)))
        for name in names
    )
    make, turned = _results(compiled, dialect)
    return _Ready(text, places, not compiled.positional, make, turned)


def _with_literals(compiled: SQLCompiler) -> tuple[str, set[str]]:
    """SQLAlchemy leaves a few constants to be written out at each run; their names, since they are no parameters."""
    text, written = str(compiled), set()
    for bind in compiled.literal_execute_params:
        name = compiled.bind_names[bind]
        literal: str = compiled.render_literal_bindparam(bind)  # type: ignore[no-untyped-call]
        text = text.replace(f"__[POSTCOMPILE_{name}]", literal)
        written.add(name)
    return text, written


def _constant(compiled: SQLCompiler, name: str, process: _Process) -> Any:
    """None for what is given at each run."""
    bind = compiled.binds.get(name)
    if bind is None or bind.required:
        return None
    return bind.value if process is None else process(bind.value)


def _results(
    compiled: SQLCompiler, dialect: Dialect
) -> tuple[Callable[[Iterable[Any]], Any] | None, tuple[tuple[int, Callable[[Any], Any]], ...]]:
    columns = compiled._result_columns  # noqa: SLF001
    if not columns:
        return None, ()
    make: Any = namedtuple("Found", [column.keyname for column in columns])  # type: ignore[misc]  # noqa: PYI024
    processes = [
        column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
    ]
    turned = [(place, process) for place, process in enumerate(processes) if process is not None]
    return make._make, tuple(turned)


def _as_ours(dialect: Dialect, text: str, error: Any) -> BaseException:
    """What SQLAlchemy would have raised; values stay out of it, since errors are logged."""
    assert dialect.dbapi is not None
    ours: BaseException = DBAPIError.instance(
        text, None, error, dialect.dbapi.Error, hide_parameters=True, dialect=dialect
    )
    return ours

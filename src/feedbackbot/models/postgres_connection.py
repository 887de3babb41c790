"""Connections to PostgreSQL on which nothing is waited for without end."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.errors import _WaitTimeout  # it has no public name

#: more than the server itself gives any statement (`statement_timeout`)
LONGEST_SECONDS = 35.0


class PatientConnection(psycopg.Connection[Any]):
    """A server that stands still, or a proxy with nobody behind it, keeps a connection up for ever; TCP's own time-outs
    see only a network that is gone.
    """

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, LONGEST_SECONDS if timeout is None else timeout)
        except _WaitTimeout:
            # what became of the statement is unknown, so nothing more can be said on this connection
            self.pgconn.finish()
            raise

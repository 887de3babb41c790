"""What a process must know of the others that serve the same bot: all that differs between one machine and many."""

from __future__ import annotations

from typing import Protocol

from feedbackbot.processes.alone import Alone
from feedbackbot.processes.together import Together

__all__ = ["Alone", "Processes", "Together"]


class Processes(Protocol):
    """`join` before anything is sent, then `run` until `leave`."""

    @property
    def number(self) -> int | None:
        """Stands on whatever this process is sending; None where there is only one."""

    @property
    def may_send(self) -> bool:
        """False as soon as the others may take this process for dead, and its sends into their hands."""

    @property
    def may_poll(self) -> bool:
        """True for at most one of all."""

    @property
    def is_eldest(self) -> bool:
        """True for at most one of all: who tells people what everybody finds in the database."""

    async def join(self) -> int:
        """How many sends were found that somebody had begun and nobody will end."""

    async def run(self) -> None: ...

    async def leave(self) -> None: ...

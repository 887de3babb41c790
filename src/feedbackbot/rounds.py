"""What looks again and again for something to do, and at once when it is woken."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger(__name__)

#: seconds within which many commits are followed by one look
_TOGETHER = 0.05


class Rounds(ABC):
    """`run` until `stop`; `wake` when there may be something to do."""

    #: what the log says while the database is away
    paused: ClassVar[str]
    #: seconds between two looks at most
    longest_rest: ClassVar[float]

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._stopping = False

    @abstractmethod
    async def look(self) -> float:
        """Do what is to be done now; the seconds until the next look, 0 for at once."""

    def wake(self) -> None:
        self._changed.set()

    def stop(self) -> None:
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        while not self._stopping:
            self._changed.clear()
            try:
                rest = await self.look()
            except SQLAlchemyError as error:
                log.warning(self.paused, error=type(error).__name__)
                rest = self.longest_rest
            await self._wait(rest)

    async def _wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
            await asyncio.sleep(_TOGETHER)
        except TimeoutError:
            return

"""The only process there is: whatever was being sent when it begins was left by the one before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy.orm import Session

from feedbackbot.models.database import Database


class Alone:
    number = None
    may_send = True
    may_poll = True
    is_eldest = True

    def __init__(self, database: Database, *, recover: Callable[[Session], int]) -> None:
        self._database = database
        self._recover = recover

    async def join(self) -> int:
        return await self._database.awrite(self._recover)

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def leave(self) -> None:
        """Nobody has to know."""

"""Hands one message to its platform, and tells what is the platform's answer from what is trouble of our own."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from sqlalchemy.exc import DBAPIError

from feedbackbot import crash
from feedbackbot.channels.base import Channel, Outgoing
from feedbackbot.delivering.attaching import needs_bytes, with_bytes
from feedbackbot.delivering.claiming import Claimed
from feedbackbot.delivering.receipts import Attempt
from feedbackbot.errors import DeliveryError, NotSent
from feedbackbot.house import House
from feedbackbot.models.away import why_away
from feedbackbot.models.database import Database
from feedbackbot.processes import Processes

log = structlog.get_logger(__name__)


class HandingOver:
    """Whatever comes of it is an `Attempt`, never an exception."""

    def __init__(
        self,
        *,
        database: Database,
        house: House,
        channels: Mapping[str, Channel],
        processes: Processes,
    ) -> None:
        self._database = database
        self._house = house
        self._channels = channels
        self._processes = processes

    async def attempt(self, claimed: Claimed) -> Attempt:
        try:
            return await self._attempt(claimed)
        except DeliveryError as error:
            return Attempt(claimed=claimed, error=error)
        except Exception as error:
            # A mistake of ours; another try would make it again.
            log.exception("send_failed", row=claimed.message.id, kind=claimed.message.kind)
            words = f"{type(error).__name__}: {error}"
            return Attempt(claimed=claimed, error=DeliveryError(words), asked=False)

    async def _attempt(self, claimed: Claimed) -> Attempt:
        channel = self._channels[claimed.message.channel]
        if claimed.look_first:
            found = await channel.find(claimed.message)
            if found is not None:
                return Attempt(claimed=claimed, receipt=found)
        try:
            message = await self._made_ready(claimed.message)
        except DeliveryError as error:
            return Attempt(claimed=claimed, error=error, asked=False)
        crash.point("before_send")
        return Attempt(claimed=claimed, receipt=await channel.send(message))

    async def _made_ready(self, message: Outgoing) -> Outgoing:
        if needs_bytes(message.payload):
            message = await self._with_bytes(message)
        if not self._processes.may_send:
            raise NotSent("The other processes have not heard of this one for a while.")
        return message

    async def _with_bytes(self, message: Outgoing) -> Outgoing:
        """A database that is away for a moment costs nobody their message."""
        try:
            return await self._database.aread(
                lambda session: with_bytes(session, self._house, message)
            )
        except DBAPIError as error:
            if why_away(error) is None:
                raise
            raise NotSent("The database did not hand out the file that goes with this.") from error

"""The same limits for many processes: one row a platform, locked while somebody chooses what may leave."""

from __future__ import annotations

import json
import time
from typing import Any

from sqlalchemy import Float, bindparam, cast, func, select, update
from sqlalchemy.orm import Session

from feedbackbot.delivering.pacing import Bucket, Pacing
from feedbackbot.models.tables import TABLES
from feedbackbot.models.upsert import Upsert


class SharedPacing(Pacing):
    """Read when the first message is looked at, stored when the last has been taken; time is the database's."""

    def __init__(
        self, channel: str, *, per_second: float, per_chat: float, burst: float = 3
    ) -> None:
        self._channel = channel
        self._session: Session | None = None
        self._is_read = False
        #: seconds that the database's clock is ahead of ours
        self._ahead = 0.0
        #: what platforms asked of this process: chat -> when, and until when
        self._asked: dict[str, tuple[float, float]] = {}
        super().__init__(
            per_second=per_second,
            per_chat=per_chat,
            burst=burst,
            ticks=lambda: time.monotonic() + self._ahead,
        )

    def begin(self, session: Session) -> None:
        self._session, self._is_read = session, False

    def end(self) -> None:
        """Until the commit nobody else chooses; what was chosen counts for all from then on."""
        if self._is_read and self._session is not None:
            self.forget_quiet()
            values = {"of_channel": self._channel, "new_state": json.dumps(self._state())}
            self._session.connection().execute(_STORE, values)
        self._session = None

    def wait(self, chat: str, *, light: bool = False) -> float:
        self._read()
        return super().wait(chat, light=light)

    def pause(self, chat: str, seconds: float) -> None:
        """Outside of any transaction; the others learn of it with the next choice."""
        at = time.monotonic()
        self._asked[chat] = at, at + seconds

    def _read(self) -> None:
        if self._is_read or self._session is None:
            return
        connection = self._session.connection()
        row = connection.execute(_READ, {"of_channel": self._channel}).one_or_none()
        if row is None:
            values = {"channel": self._channel, "state": "{}"}
            connection.execute(_BEGIN.statement(self._session), values)
            row = connection.execute(_READ, {"of_channel": self._channel}).one()
        self._is_read = True
        self._ahead = row.clock - time.monotonic()
        self._restore(json.loads(row.state))
        for chat, (at, until) in dict(self._asked).items():
            if until > time.monotonic():
                self._refused(chat, at + self._ahead, until + self._ahead)
            else:
                self._asked.pop(chat, None)

    def _state(self) -> dict[str, Any]:
        return {
            "left_at": self._whole.left_since(self._ticks()),
            "chats": {chat: [one.left, one.filled_at] for chat, one in self._chats.items()},
            "pauses": self._pauses,
            "refusals": self._refusals,
            "all_until": self._all_until,
            "stored_at": self._ticks(),
        }

    def _restore(self, state: dict[str, Any]) -> None:
        """The database's clock may have been put back since: then all its moments are put back with it."""
        at = self._ticks()
        back = max(state.get("stored_at", at) - at, 0.0)
        self._whole.restore((moment - back for moment in state.get("left_at", ())), at)
        self._chats = {
            chat: Bucket(self._per_chat, self._burst, left, filled_at - back)
            for chat, (left, filled_at) in state.get("chats", {}).items()
        }
        self._pauses = {chat: until - back for chat, until in state.get("pauses", {}).items()}
        self._refusals = {chat: when - back for chat, when in state.get("refusals", {}).items()}
        self._all_until = state.get("all_until", 0.0) - back


_LIMITS = TABLES["send_limits"]
_READ = (
    select(
        _LIMITS.c.state,
        cast(func.extract("epoch", func.clock_timestamp()), Float).label("clock"),
    )
    .where(_LIMITS.c.channel == bindparam("of_channel"))
    .with_for_update()
)
_BEGIN = Upsert(_LIMITS, ("channel",))
_STORE = (
    update(_LIMITS)
    .where(_LIMITS.c.channel == bindparam("of_channel"))
    .values(state=bindparam("new_state"))
)

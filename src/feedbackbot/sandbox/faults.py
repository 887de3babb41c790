"""Scripted misfortune: the next calls of a method fail, hang or lose their connection."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from feedbackbot.sandbox.clock import Bell
from feedbackbot.sandbox.wire import Json

BAD_GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"
)
KINDS = ("status", "hang_seconds", "drop", "html", "malformed")


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to the next `times` calls of `method` ("*" is every method)."""

    id: int
    platform: str
    method: str
    times: int
    status: int = 0
    error: str = ""
    retry_after: int | None = None
    hang_seconds: float = 0.0
    #: "before" or "after" the call had its effect.
    drop: str = ""
    html: bool = False
    malformed: bool = False
    #: Only calls that speak of this chat or channel.
    chat: str = ""

    def fits(self, platform: str, method: str, chat: str) -> bool:
        named = self.method == "*" or self.method.lower() == method.lower()
        return (
            self.platform == platform
            and named
            and self.times > 0
            and (not self.chat or self.chat == chat)
        )

    def has_no_effect(self) -> bool:
        """Whether the call is refused before anything happens."""
        return bool(self.status or self.html or self.drop == "before")

    def to_json(self) -> Json:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


class Faults:
    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self._ids = itertools.count(1)
        self._outage_until: dict[str, float] = {}
        self._bell = Bell()

    def plan(self, wanted: Json) -> Fault:
        """Add one from the control API; ValueError says what is wrong with it."""
        if wanted.get("platform") not in {"telegram", "slack"}:
            raise ValueError("platform is telegram or slack.")
        known = {
            name: value for name, value in wanted.items() if name in Fault.__dataclass_fields__
        }
        if unknown := set(wanted) - set(known):
            raise ValueError(f"A fault has no {', '.join(sorted(unknown))}.")
        if not any(known.get(kind) for kind in KINDS):
            raise ValueError(f"A fault needs one of: {', '.join(KINDS)}.")
        defaults = {"method": "*", "times": 1}
        fault = Fault(**{**defaults, **known, "id": next(self._ids)})
        self.planned.append(fault)
        return fault

    def take(self, platform: str, method: str, *, chat: str = "") -> Fault | None:
        """The fault this call meets, counted down."""
        if self.is_out(platform):
            return Fault(id=0, platform=platform, method="*", times=1, drop="before")
        for fault in self.planned:
            if fault.fits(platform, method, chat):
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        self.planned.clear()
        self._outage_until.clear()
        self._bell.ring()

    def start_outage(self, platform: str, seconds: float | None) -> None:
        """Answer nothing for so many real seconds; None is until it is ended with 0."""
        forever = float("inf")
        self._outage_until[platform] = time.monotonic() + (forever if seconds is None else seconds)
        self._bell.ring()

    async def until_back(self, platform: str) -> None:
        """Sleep through an outage."""
        while self.is_out(platform):
            left = self._outage_until[platform] - time.monotonic()
            await self._bell.wait(at_most=min(left, 60))

    def is_out(self, platform: str) -> bool:
        return time.monotonic() < self._outage_until.get(platform, 0.0)


async def suffer(
    fault: Fault, request: Request, *, act: Callable[[], Awaitable[Response]], refuse: Response
) -> Response:
    """Carry a fault out; `act` does the real thing, `refuse` is the platform's own way to say status + error."""
    answer = refuse if fault.has_no_effect() else await act()
    if fault.hang_seconds:
        await asyncio.sleep(fault.hang_seconds)
    if fault.drop:
        await hang_up(request.receive)
        return Hushed()
    if fault.html:
        return Response(BAD_GATEWAY, status_code=fault.status or 502, media_type="text/html")
    if fault.malformed:
        return Response(b'{"ok":tru', media_type="application/json")
    return answer


class Hushed(Response):
    """An answer that is never sent, for a connection that is gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say nothing."""
        del scope, receive, send


async def hang_up(receive: Receive) -> None:
    """Cut the connection without an answer, which ASGI has no word for."""
    cut(receive)
    while (await receive())["type"] != "http.disconnect":
        continue


def cut(receive: Receive) -> None:
    """Abort the transport below; whoever reads from it learns of that by itself."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("This server does not let a connection be cut; serve with uvicorn.")
    transport.abort()

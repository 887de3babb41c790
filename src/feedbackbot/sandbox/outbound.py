"""HTTP from the sandbox to the bot: webhooks, as the platforms send them."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back; status 0 and a reason when nothing did."""

    status: int = 0
    reason: str = ""
    headers: dict[str, str]
    body: bytes = b""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class Outbound:
    """One connection pool, opened when it is first needed."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, url: str, body: bytes, *, headers: dict[str, str], timeout_seconds: float
    ) -> HttpAnswer:
        """POST once, without redirects, and never raise for what the other side does."""
        limit = aiohttp.ClientTimeout(total=timeout_seconds)
        try:
            async with self._opened().post(
                url, data=body, headers=headers, timeout=limit, allow_redirects=False
            ) as answer:
                return HttpAnswer(
                    status=answer.status,
                    reason=answer.reason or "",
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    body=await answer.read(),
                )
        except TimeoutError:
            return HttpAnswer(reason="timeout", headers={})
        except (aiohttp.ClientError, OSError, ValueError):
            return HttpAnswer(reason="connection", headers={})

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=100)
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session

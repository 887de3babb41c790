"""How the Telegram library reaches the network: one aiohttp session, and errors that say whether a request left."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, cast
from urllib.request import getproxies_environment

import aiohttp
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from feedbackbot.channels.telegram_wire import NoAnswer, NoConnection, Wire
from feedbackbot.quick_json import from_json, to_json

#: Telegram hands out files of up to 20 MB
LARGEST_FILE = 20 * 1024 * 1024


class NeverLeft(NetworkError):
    """No connection was made, so nothing can have arrived."""


class PlatformDown(NetworkError):
    """Telegram answered with a 5xx, or with something that is no answer."""


class Patience(TelegramError):
    """429: Telegram asks to wait; the library's own RetryAfter is deprecated in its present form."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram asks to wait {seconds:g} s.")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class JsonCall:
    """Stands where the library's `RequestData` stands; ready to leave."""

    body: bytes


class OwnRequest(BaseRequest):
    """The library's own seam for another transport: calls of ours by wire, everything else through one aiohttp session."""

    __slots__ = (
        "_connect_timeout",
        "_connections",
        "_file_timeout",
        "_read_timeout",
        "_session",
        "_wire",
    )

    def __init__(
        self,
        *,
        read_timeout: float = 10,
        connect_timeout: float = 5,
        file_timeout: float = 120,
        connections: int = 128,
    ) -> None:
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        #: how much longer a call may take that brings or fetches a file
        self._file_timeout = file_timeout
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._wire: Wire | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300)
            # where there is none, looking for one at each call would double its cost
            proxied = bool(getproxies_environment())
            self._session = aiohttp.ClientSession(connector=connector, trust_env=proxied)
            self._wire = None if proxied else self._new_wire()

    async def shutdown(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, url: str, values: dict[str, Any]) -> Any:
        """One method of the API, its values as JSON; raises what the library raises."""
        body = to_json({k: v for k, v in values.items() if v is not None})
        return await self.post(url, cast("RequestData", JsonCall(body)))

    async def do_request(  # noqa: PLR0917 - the library's signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise NeverLeft("The connection to Telegram is not open.")
        if isinstance(request_data, JsonCall) and self._wire is not None:
            return await _by_wire(self._wire, url, request_data.body)
        wait = read_timeout if isinstance(read_timeout, int | float) else self._read_timeout
        # reading alone has a bound of its own: whoever takes no more of a file would never be read from
        timeout = aiohttp.ClientTimeout(
            total=self._file_timeout + wait, sock_connect=self._connect_timeout, sock_read=wait
        )
        try:
            async with self._session.request(
                method,
                url,
                data=_body(request_data),
                headers=_headers(request_data),
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                return _judged(response.status, await _read(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NeverLeft(type(error).__name__) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            # The library's message would bear the address, and with it the token.
            raise TimedOut(type(error).__name__) from error

    def _new_wire(self) -> Wire:
        return Wire(
            read_timeout=self._read_timeout,
            connect_timeout=self._connect_timeout,
            connections=self._connections,
        )

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Like the library's, which writes the whole body to the log when it is no JSON, and reads `result` unseen."""
        try:
            found = from_json(payload.decode("utf-8", "replace"))
        except ValueError as error:
            raise TimedOut("an answer that is no JSON") from error
        if not isinstance(found, dict) or not ("result" in found or "description" in found):
            raise TimedOut("an answer that says nothing")
        return found


async def _by_wire(wire: Wire, url: str, body: bytes) -> tuple[int, bytes]:
    try:
        return _judged(*await wire.post(url, body))
    except NoConnection as error:
        raise NeverLeft(str(error)) from error
    except NoAnswer as error:
        raise TimedOut(str(error)) from error


def _headers(request_data: object) -> dict[str, str]:
    return {"Content-Type": "application/json"} if isinstance(request_data, JsonCall) else {}


def _body(request_data: RequestData | None) -> aiohttp.FormData | dict[str, str] | bytes | None:
    if request_data is None:
        return None
    if isinstance(request_data, JsonCall):
        return request_data.body
    if not request_data.contains_files:
        return request_data.json_parameters
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in request_data.multipart_data.items():
        # in pieces: as bytes it would be written in one go
        pieces = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, pieces, filename=filename, content_type=mime)
    return form


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """At most a file's largest size; what is longer is cut off and refused."""
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(1 << 16):
        parts.append(part)
        size += len(part)
        if size > LARGEST_FILE:
            raise BadRequest("file is too big")
    return b"".join(parts)


def _judged(status: int, content: bytes) -> tuple[int, bytes]:
    if status >= 500:
        raise PlatformDown(f"Telegram answered {status}.")
    if status == 429:
        raise Patience(_retry_after(content))
    return status, content


def _retry_after(content: bytes) -> float:
    try:
        return float(from_json(content)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 5.0

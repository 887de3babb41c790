"""Reads what was sent over HTTP without ever holding more of it than is taken."""

from __future__ import annotations

from starlette.requests import Request

#: of one purchase, one update, one event: generous, and far from what could fill the memory
LARGEST = 1 << 20


async def read_body(request: Request, *, largest: int = LARGEST) -> bytes | None:
    """The body, or None as soon as it turns out to be larger."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
    return b"".join(parts)

"""The JSON edge: what both platforms speak, before anybody has looked at it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came with a request."""

    name: str
    mime: str
    data: bytes


def encode(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def copied(value: Json) -> Json:
    """A deep copy, so that a later edit does not change what was said before."""
    again: Json = json.loads(encode(value))
    return again


def answered(
    value: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return Response(
        encode(value), status_code=status, headers=headers, media_type="application/json"
    )

"""The arguments of one Web API call: query, form and JSON together, and the token apart from them."""

from __future__ import annotations

import json

from starlette.datastructures import UploadFile
from starlette.requests import Request

from feedbackbot.sandbox.slack_state import SlackRefusalError
from feedbackbot.sandbox.wire import Json

_STRUCTURES = frozenset(
    {"blocks", "attachments", "view", "metadata", "files", "unfurls", "reaction"}
)


class Args:
    def __init__(self, values: Json, *, token: str, token_in_header: bool) -> None:
        self.values = values
        self.token = token
        self.token_in_header = token_in_header

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def required(self, name: str) -> str:
        if not self.text(name):
            raise SlackRefusalError("invalid_arguments", f"missing required field: {name}")
        return self.text(name)

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "1"}

    def integer(self, name: str, default: int) -> int:
        text = self.text(name)
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            message = f"must be an integer [json-pointer:/{name}]"
            raise SlackRefusalError("invalid_arguments", message) from None

    def parsed(self, name: str) -> object:
        """A structure; text that is no JSON stays text, for the caller to refuse."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            return value

    def as_received(self) -> Json:
        parsed = {name: self.parsed(name) for name in self.values if name in _STRUCTURES}
        return {**self.values, **parsed}


async def read(request: Request) -> Args:
    values: Json = {**request.query_params, **await _body(request)}
    given = str(values.pop("token", "") or "")
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    in_header = scheme.lower() == "bearer" and bool(bearer)
    return Args(values, token=bearer.strip() if in_header else given, token_in_header=in_header)


async def _body(request: Request) -> Json:
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return _object(await request.body())
    if not kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        return {}
    async with request.form(max_part_size=4 * 1024 * 1024) as form:
        return {
            name: value for name, value in form.multi_items() if not isinstance(value, UploadFile)
        }


def _object(body: bytes) -> Json:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except ValueError:
        raise SlackRefusalError("invalid_json") from None
    if not isinstance(value, dict):
        raise SlackRefusalError("json_not_object")
    return value

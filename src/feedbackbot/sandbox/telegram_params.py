"""The parameters of one Bot API call: query, form, multipart or JSON, and files among them."""

from __future__ import annotations

import json

from starlette.datastructures import UploadFile
from starlette.requests import Request

from feedbackbot.sandbox.telegram_state import bad_request
from feedbackbot.sandbox.wire import Json, Upload

_LARGEST_FIELD = 4 * 1024 * 1024


class Params:
    """Values come as text or as JSON, as the Bot API takes both."""

    def __init__(self, values: Json, files: dict[str, Upload] | None = None) -> None:
        self.values = values
        self.files = files or {}

    def has(self, name: str) -> bool:
        return self.values.get(name) not in {None, ""} if _plain(self.values.get(name)) else True

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        if not self.has(name):
            return default
        try:
            return int(self.text(name))
        except ValueError:
            raise bad_request(f"invalid {name} specified") from None

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "1", "yes"}

    def parsed(self, name: str) -> object:
        """A structure, whether it came as JSON or as text that is JSON; None when absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            what = name.replace("_", " ")
            raise bad_request(f"can't parse {what} JSON object") from None

    def as_received(self) -> Json:
        """For the log of calls: files as their names and sizes."""
        files = {
            name: {"filename": upload.name, "size": len(upload.data)}
            for name, upload in self.files.items()
        }
        return {**self.values, **files}


async def read(request: Request) -> Params:
    values: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if request.method != "POST":
        return Params(values)
    if kind.startswith("application/json"):
        return Params({**values, **_object(await request.body())})
    if kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        return await _form(request, values)
    return Params(values)


def _object(body: bytes) -> Json:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except ValueError:
        raise bad_request("can't parse request body as JSON") from None
    if not isinstance(value, dict):
        raise bad_request("expected an object as request body")
    return value


async def _form(request: Request, values: Json) -> Params:
    files: dict[str, Upload] = {}
    async with request.form(max_part_size=_LARGEST_FIELD) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = Upload(
                    name=value.filename or "file",
                    mime=value.content_type or "application/octet-stream",
                    data=await value.read(),
                )
            else:
                values[name] = value
    return Params(values, files)


def _plain(value: object) -> bool:
    return value is None or isinstance(value, str)

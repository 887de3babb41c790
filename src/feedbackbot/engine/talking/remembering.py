"""A chat as text and back, complete and exact; fields at their defaults are left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, Final

from feedbackbot.engine.chat import (
    Aside,
    Case,
    Chat,
    Closed,
    Quote,
    Spoken,
    State,
    Timer,
    Value,
)
from feedbackbot.engine.events import Permission
from feedbackbot.engine.happenings import Attachment, MediaTrouble, ReplyKind

_NEEDED: Final = object()


def to_json(chat: Chat) -> str:
    return json.dumps(_plain(chat), ensure_ascii=False, separators=(",", ":"))


def chat_from_json(text: str) -> Chat:
    chat: Chat = _build(Chat, json.loads(text))
    return chat


def _fields_of(kind: type[Any]) -> tuple[tuple[str, object], ...]:
    return tuple((field.name, _default_of(field)) for field in fields(kind))


def _default_of(field: Any) -> object:
    if field.default is not MISSING:
        return field.default
    return _NEEDED if field.default_factory is MISSING else field.default_factory()


def _plain(value: Any) -> Any:
    known = _FIELDS.get(type(value))
    if known is not None:
        return {
            name: _plain(here)
            for name, default in known
            if (here := getattr(value, name)) != default
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value


def _build(kind: type[Any], data: Mapping[str, Any]) -> Any:
    readers = _READERS[kind]
    return kind(**{name: readers[name](v) if name in readers else v for name, v in data.items()})


def _many(kind: type[Any]) -> Callable[[Any], Any]:
    return lambda items: tuple(_build(kind, item) for item in items)


def _one(kind: type[Any]) -> Callable[[Any], Any]:
    return lambda item: None if item is None else _build(kind, item)


def _values(data: Mapping[str, Any]) -> dict[str, Value]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}


def _maybe_values(data: Mapping[str, Any] | None) -> dict[str, Value] | None:
    return None if data is None else _values(data)


def _by_step(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _many(Attachment)(items) for key, items in data.items()}


_KINDS: Final = (Chat, State, Aside, Case, Closed, Quote, Spoken, Timer, Attachment)
_FIELDS: Final = {kind: _fields_of(kind) for kind in _KINDS}
_READERS: Final[Mapping[type[Any], Mapping[str, Callable[[Any], Any]]]] = {
    Chat: {
        "permission": Permission,
        "aside": _one(Aside),
        "case": _one(Case),
        "conversation": _one(State),
        "queued": tuple,
        "closed": _many(Closed),
        "timers": _many(Timer),
        "open_words": _maybe_values,
        "spoken": _many(Spoken),
        "quote": _one(Quote),
        "shelved": _many(Timer),
        "quoted_about": tuple,
        "flood_told_at": datetime.fromisoformat,
    },
    State: {
        "names": _values,
        "attachments": _by_step,
        "testimonial": _maybe_values,
        "calls": tuple,
        "escalation": _values,
        "picked": tuple,
    },
    Aside: {"notes": _values, "attachments": _many(Attachment)},
    Case: {"answer_due": datetime.fromisoformat},
    Closed: {},
    Quote: {"uses": tuple},
    Spoken: {"attachments": _many(Attachment)},
    Timer: {"due_at": datetime.fromisoformat},
    Attachment: {"kind": ReplyKind, "trouble": MediaTrouble},
}

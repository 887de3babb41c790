"""The text of a message as Telegram keeps it: parsed, trimmed, measured, with the entities it finds by itself."""

from __future__ import annotations

import re

from feedbackbot.sandbox.telegram_markup import MarkupError, parse, utf16
from feedbackbot.sandbox.telegram_params import Params
from feedbackbot.sandbox.telegram_state import bad_request
from feedbackbot.sandbox.wire import Json

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
_FINDERS = (
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("url", re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z]\w{3,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
)


def text_of(params: Params) -> Json:
    """`text` and `entities` of a sending call, or the refusal."""
    text, entities = _parsed(params, "text", "entities")
    if not text.strip():
        raise bad_request("message text is empty")
    if len(text) > LONGEST_TEXT:
        raise bad_request("message is too long")
    return _content("text", text, entities)


def caption_of(params: Params) -> Json:
    text, entities = _parsed(params, "caption", "caption_entities")
    if len(text) > LONGEST_CAPTION:
        raise bad_request("message caption is too long")
    return _content("caption", text, entities) if text.strip() else {}


def found_in(text: str) -> list[Json]:
    """The entities that Telegram finds in plain text, offsets in UTF-16 units."""
    taken: list[tuple[int, int]] = []
    found: list[Json] = []
    for kind, pattern in _FINDERS:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            taken.append(match.span())
            offset, length = utf16(text[: match.start()]), utf16(match.group())
            found.append({"type": kind, "offset": offset, "length": length})
    return sorted(found, key=lambda entity: int(entity["offset"]))


def plain(name: str, text: str) -> Json:
    """What a person wrote, as `text` or `caption` with its entities."""
    return _content(name, text.strip(), [])


def _parsed(params: Params, name: str, entities_name: str) -> tuple[str, list[Json]]:
    text = params.text(name)
    mode = params.text("parse_mode")
    if not mode or params.has(entities_name):
        return text, _given(params.parsed(entities_name))
    try:
        return parse(text, mode)
    except MarkupError as error:
        what = str(error)
        raise bad_request(
            what if what.startswith("unsupported") else f"can't parse entities: {what}"
        ) from None


def _given(value: object) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise bad_request("can't parse entities: expected an Array")
    for entity in value:
        if not {"type", "offset", "length"} <= set(entity):
            raise bad_request("can't parse entities: can't find field")
    return list(value)


def _content(name: str, text: str, entities: list[Json]) -> Json:
    lead = utf16(text) - utf16(text.lstrip())
    trimmed = text.strip()
    longest = utf16(trimmed)
    given = [_shifted(one, lead, longest) for one in entities]
    given = [one for one in given if int(one["length"]) > 0]
    kept = given + [one for one in found_in(trimmed) if not _overlaps(one, given)]
    kept.sort(key=lambda entity: int(entity["offset"]))
    entities_name = "entities" if name == "text" else "caption_entities"
    return {name: trimmed, **({entities_name: kept} if kept else {})}


def _shifted(entity: Json, lead: int, longest: int) -> Json:
    start = max(0, int(entity["offset"]) - lead)
    end = min(longest, int(entity["offset"]) + int(entity["length"]) - lead)
    return {**entity, "offset": start, "length": end - start}


def _overlaps(entity: Json, others: list[Json]) -> bool:
    start, end = entity["offset"], entity["offset"] + entity["length"]
    return any(
        start < other["offset"] + other["length"] and other["offset"] < end for other in others
    )

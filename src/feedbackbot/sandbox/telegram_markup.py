"""parse_mode: HTML, MarkdownV2 and the older Markdown, turned into text and entities, or refused as Telegram does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from feedbackbot.sandbox.wire import Json

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_RESERVED = "_*[]()~`>#+-=|{}.!"
_MARKS = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "`": "code",
    "```": "pre",
}


class MarkupError(Exception):
    """What follows "can't parse entities: "."""


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass(slots=True)
class _Open:
    tag: str
    offset: int
    extra: Json = field(default_factory=dict)


class _Writer:
    """Collects the visible text and the entities over it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.text = ""
        self.entities: list[Json] = []
        self.open: list[_Open] = []

    def byte(self, index: int) -> int:
        return len(self.source[:index].encode())

    def close(self, kind: str) -> None:
        opened = self.open.pop()
        length = utf16(self.text) - opened.offset
        if length > 0:
            entity = {"type": kind, "offset": opened.offset, "length": length, **opened.extra}
            self.entities.append(entity)

    def result(self) -> tuple[str, list[Json]]:
        return self.text, sorted(self.entities, key=lambda one: (one["offset"], -one["length"]))


def parse(text: str, mode: str) -> tuple[str, list[Json]]:
    """The visible text and its entities; MarkupError when it can't be parsed."""
    match mode.lower():
        case "html":
            return _html(text)
        case "markdownv2":
            return _markdown(text, marks=_MARKS, strict=True)
        case "markdown":
            old = {mark: _MARKS[mark] for mark in ("*", "_", "`", "```")}
            return _markdown(text, marks=old, strict=False)
    raise MarkupError("unsupported parse_mode")


def _html(text: str) -> tuple[str, list[Json]]:
    writer = _Writer(text)
    at = 0
    while at < len(text):
        if text[at] == "<":
            at = _tag(writer, at)
        elif text[at] == "&":
            at = _reference(writer, at)
        else:
            writer.text += text[at]
            at += 1
    if writer.open:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{writer.open[-1].tag}"')
    return writer.result()


def _tag(writer: _Writer, at: int) -> int:
    end = writer.source.find(">", at)
    if end < 0:
        raise MarkupError(f"Unclosed start tag at byte offset {writer.byte(at)}")
    inside = writer.source[at + 1 : end]
    if inside.startswith("/"):
        _end_tag(writer, inside[1:].strip().lower(), at)
    else:
        name = re.split(r"\s", inside.strip(), maxsplit=1)[0].lower()
        if name not in _TAGS:
            offset = writer.byte(at)
            raise MarkupError(f'Unsupported start tag "{name}" at byte offset {offset}')
        writer.open.append(_Open(name, utf16(writer.text), _attributes(name, inside)))
    return end + 1


def _end_tag(writer: _Writer, name: str, at: int) -> None:
    if not writer.open:
        raise MarkupError(f"Unexpected end tag at byte offset {writer.byte(at)}")
    wanted = writer.open[-1].tag
    if name and name != wanted:
        raise MarkupError(
            f"Unmatched end tag at byte offset {writer.byte(at)}, "
            f'expected "</{wanted}>", found "</{name}>"'
        )
    writer.close(_TAGS[wanted])


def _attributes(name: str, inside: str) -> Json:
    if name == "a" and (found := re.search(r"href\s*=\s*[\"']?([^\"'\s]+)", inside)):
        return {"url": found.group(1)}
    if name == "tg-emoji" and (found := re.search(r"emoji-id\s*=\s*[\"']?(\d+)", inside)):
        return {"custom_emoji_id": found.group(1)}
    return {}


def _reference(writer: _Writer, at: int) -> int:
    found = re.compile(r"&(#x[0-9a-fA-F]+|#\d+|\w+);").match(writer.source, at)
    name = found.group(1) if found else ""
    if found and name.startswith("#"):
        writer.text += chr(int(name[1:].replace("x", "0x"), 0))
    elif found and name in _NAMED:
        writer.text += _NAMED[name]
    else:
        writer.text += "&"
        return at + 1
    return found.end()


def _markdown(text: str, *, marks: dict[str, str], strict: bool) -> tuple[str, list[Json]]:
    writer = _Writer(text)
    at = 0
    while at < len(text):
        at = _markdown_step(writer, at, marks=marks, strict=strict)
    if writer.open:
        kind = marks.get(writer.open[-1].tag, "TextUrl").capitalize()
        raise MarkupError(
            f"Can't find end of {kind} entity at byte offset {writer.open[-1].extra['at']}"
        )
    return writer.result()


def _markdown_step(writer: _Writer, at: int, *, marks: dict[str, str], strict: bool) -> int:
    source = writer.source
    in_code = bool(writer.open) and writer.open[-1].tag in {"`", "```"}
    if source[at] == "\\" and at + 1 < len(source):
        writer.text += source[at + 1]
        return at + 2
    mark = next(
        (one for one in sorted(marks, key=len, reverse=True) if source.startswith(one, at)), ""
    )
    if mark and (not in_code or mark == writer.open[-1].tag):
        _toggle(writer, mark, marks[mark], at)
        return at + len(mark)
    if source[at] == "[" and not in_code:
        return _link(writer, at)
    if strict and not in_code and source[at] in _RESERVED and not _is_quote(source, at):
        raise MarkupError(
            f"Character '{source[at]}' is reserved and must be escaped with the preceding '\\'"
        )
    writer.text += source[at]
    return at + 1


def _is_quote(source: str, at: int) -> bool:
    return source[at] == ">" and (at == 0 or source[at - 1] == "\n")


def _toggle(writer: _Writer, mark: str, kind: str, at: int) -> None:
    if writer.open and writer.open[-1].tag == mark:
        del writer.open[-1].extra["at"]
        writer.close(kind)
    else:
        writer.open.append(_Open(mark, utf16(writer.text), {"at": writer.byte(at)}))


def _link(writer: _Writer, at: int) -> int:
    found = re.compile(r"\[((?:[^\]\\]|\\.)*)\]\(((?:[^)\\]|\\.)*)\)").match(writer.source, at)
    if found is None:
        raise MarkupError(f"Can't find end of a URL at byte offset {writer.byte(at)}")
    words = re.sub(r"\\(.)", r"\1", found.group(1))
    entity: Json = {"type": "text_link", "offset": utf16(writer.text), "length": utf16(words)}
    writer.entities.append({**entity, "url": re.sub(r"\\(.)", r"\1", found.group(2))})
    writer.text += words
    return found.end()

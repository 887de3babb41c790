"""Block Kit as strictly as Slack takes it: which blocks and elements there are, and how long each part may be."""

from __future__ import annotations

from collections.abc import Iterator

from feedbackbot.sandbox.slack_elements import check_element, check_text
from feedbackbot.sandbox.slack_state import SlackRefusalError
from feedbackbot.sandbox.wire import Json, encode

MOST_IN_MESSAGE = 50
MOST_IN_VIEW = 100
#: Slack's own documentation does not say; seen to fail a little above 13 000 characters.
LARGEST_MESSAGE = 13_200
_BLOCKS = frozenset(
    [
        "section",
        "actions",
        "context",
        "divider",
        "header",
        "image",
        "input",
        "rich_text",
        "video",
        "markdown",
        "file",
    ]
)
_ONLY_IN_VIEWS = frozenset({"input"})
_IN_ACTIONS = frozenset(
    [
        "button",
        "static_select",
        "external_select",
        "users_select",
        "conversations_select",
        "channels_select",
        "multi_static_select",
        "overflow",
        "datepicker",
        "timepicker",
        "datetimepicker",
        "radio_buttons",
        "checkboxes",
        "workflow_button",
    ]
)


def check_blocks(blocks: object, *, in_view: bool = False) -> list[Json]:
    """The blocks, each with a block_id; SlackRefusalError with a pointer to what is wrong."""
    if not isinstance(blocks, list):
        raise SlackRefusalError("invalid_blocks_format")
    root = "/view/blocks" if in_view else "/blocks"
    problems = list(_problems(blocks, root, in_view=in_view))
    if problems:
        error = "invalid_arguments" if in_view else "invalid_blocks"
        raise SlackRefusalError(error, *problems, errors=not in_view)
    if not in_view and sum(len(encode(block).decode()) for block in blocks) > LARGEST_MESSAGE:
        raise SlackRefusalError("msg_blocks_too_long")
    return blocks


def _problems(blocks: list[object], root: str, *, in_view: bool) -> Iterator[str]:
    most = MOST_IN_VIEW if in_view else MOST_IN_MESSAGE
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:{root}]"
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        place = f"{root}/{index}"
        if not isinstance(block, dict):
            yield f"must be an object [json-pointer:{place}]"
            continue
        yield from _block(block, place, in_view=in_view)
        block_id = str(block.get("block_id", ""))
        if block_id and block_id in seen:
            yield f"`block_id` {block_id} already exists in blocks [json-pointer:{place}/block_id]"
        seen.add(block_id)


def _block(block: Json, place: str, *, in_view: bool) -> Iterator[str]:
    kind = block.get("type")
    if not kind:
        yield f"missing required field: type [json-pointer:{place}]"
    elif kind not in _BLOCKS or (kind in _ONLY_IN_VIEWS and not in_view):
        yield f"unsupported type: {kind} [json-pointer:{place}/type]"
    if len(str(block.get("block_id", ""))) > 255:
        yield f"must be less than 256 characters [json-pointer:{place}/block_id]"
    checks = {
        "section": _section,
        "actions": _actions,
        "context": _context,
        "header": _header,
        "image": _image,
        "input": _input,
    }
    if kind in checks:
        yield from checks[kind](block, place)


def _section(block: Json, place: str) -> Iterator[str]:
    fields = block.get("fields")
    if "text" not in block and not fields:
        yield f"missing required field: text [json-pointer:{place}]"
    if "text" in block:
        yield from check_text(block["text"], f"{place}/text", most=3000)
    if isinstance(fields, list):
        if len(fields) > 10:
            yield f"no more than 10 items allowed [json-pointer:{place}/fields]"
        for index, text in enumerate(fields):
            yield from check_text(text, f"{place}/fields/{index}", most=2000)
    if "accessory" in block:
        yield from check_element(block["accessory"], f"{place}/accessory")


def _actions(block: Json, place: str) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        yield f"missing required field: elements [json-pointer:{place}]"
        return
    if len(elements) > 25:
        yield f"no more than 25 items allowed [json-pointer:{place}/elements]"
    ids = [one.get("action_id") for one in elements if isinstance(one, dict)]
    for action_id in {one for one in ids if one and ids.count(one) > 1}:
        yield f"`action_id` {action_id} already exists for block [json-pointer:{place}/elements]"
    for index, element in enumerate(elements):
        spot = f"{place}/elements/{index}"
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in _IN_ACTIONS:
            yield f"unsupported type: {kind} [json-pointer:{spot}/type]"
        else:
            yield from check_element(element, spot)


def _context(block: Json, place: str) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        yield f"missing required field: elements [json-pointer:{place}]"
        return
    if len(elements) > 10:
        yield f"no more than 10 items allowed [json-pointer:{place}/elements]"
    for index, element in enumerate(elements):
        if isinstance(element, dict) and element.get("type") == "image":
            yield from _image(element, f"{place}/elements/{index}")
        else:
            yield from check_text(element, f"{place}/elements/{index}", most=2000)


def _header(block: Json, place: str) -> Iterator[str]:
    yield from check_text(block.get("text"), f"{place}/text", most=150, plain=True)


def _image(block: Json, place: str) -> Iterator[str]:
    if not block.get("image_url") and not block.get("slack_file"):
        yield f"missing required field: image_url [json-pointer:{place}]"
    if not block.get("alt_text"):
        yield f"missing required field: alt_text [json-pointer:{place}]"
    if len(str(block.get("alt_text", ""))) > 2000:
        yield f"must be less than 2001 characters [json-pointer:{place}/alt_text]"
    if len(str(block.get("image_url", ""))) > 3000:
        yield f"must be less than 3001 characters [json-pointer:{place}/image_url]"


def _input(block: Json, place: str) -> Iterator[str]:
    yield from check_text(block.get("label"), f"{place}/label", most=2000, plain=True)
    if "hint" in block:
        yield from check_text(block["hint"], f"{place}/hint", most=2000, plain=True)
    if not isinstance(block.get("element"), dict):
        yield f"missing required field: element [json-pointer:{place}]"
    else:
        yield from check_element(block["element"], f"{place}/element")

"""Block Kit's smaller parts: texts, buttons, menus and fields, and how long each may be."""

from __future__ import annotations

from collections.abc import Iterator

from feedbackbot.sandbox.wire import Json

_INPUTS = frozenset(
    [
        "plain_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "rich_text_input",
        "file_input",
    ]
)
_MENUS = frozenset(
    [
        "static_select",
        "multi_static_select",
        "radio_buttons",
        "checkboxes",
        "overflow",
        "external_select",
        "multi_external_select",
        "users_select",
        "multi_users_select",
        "conversations_select",
        "multi_conversations_select",
        "channels_select",
        "multi_channels_select",
    ]
)
_PICKERS = frozenset(["datepicker", "timepicker", "datetimepicker"])
_OTHERS = frozenset({"button", "image", "workflow_button", "icon_button", "feedback_buttons"})
_MOST_OPTIONS = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}
_OPTION_TEXT = 75


def check_text(text: object, place: str, *, most: int, plain: bool = False) -> Iterator[str]:
    """A text object of at most so many characters."""
    if not isinstance(text, dict):
        yield f"missing required field: {place.rpartition('/')[2]} [json-pointer:{place}]"
        return
    kinds = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
    if text.get("type") not in kinds:
        yield f"unsupported type: {text.get('type')} [json-pointer:{place}/type]"
    words = text.get("text")
    if not isinstance(words, str):
        yield f"missing required field: text [json-pointer:{place}]"
    elif not words:
        yield f"must be more than 0 characters [json-pointer:{place}/text]"
    elif len(words) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{place}/text]"


def check_element(element: object, place: str) -> Iterator[str]:
    if not isinstance(element, dict):
        yield f"must be an object [json-pointer:{place}]"
        return
    kind = element.get("type")
    if kind not in _INPUTS | _MENUS | _PICKERS | _OTHERS:
        yield f"unsupported type: {kind} [json-pointer:{place}/type]"
    if len(str(element.get("action_id", ""))) > 255:
        yield f"must be less than 256 characters [json-pointer:{place}/action_id]"
    if "placeholder" in element:
        yield from check_text(element["placeholder"], f"{place}/placeholder", most=150, plain=True)
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{place}/confirm")
    if kind == "button":
        yield from _button(element, place)
    elif kind in _MENUS:
        yield from _menu(element, place)
    elif kind in _INPUTS:
        yield from _field(element, place)


def _button(element: Json, place: str) -> Iterator[str]:
    yield from check_text(element.get("text"), f"{place}/text", most=75, plain=True)
    if len(str(element.get("value", ""))) > 2000:
        yield f"must be less than 2001 characters [json-pointer:{place}/value]"
    if len(str(element.get("url", ""))) > 3000:
        yield f"must be less than 3001 characters [json-pointer:{place}/url]"
    if element.get("style", "primary") not in {"primary", "danger"}:
        yield f"must be one of: primary, danger [json-pointer:{place}/style]"


def _menu(element: Json, place: str) -> Iterator[str]:
    kind = str(element["type"])
    if "options" not in element:
        if kind in {"static_select", "multi_static_select"} and "option_groups" in element:
            return
        if kind in _MOST_OPTIONS or "static" in kind:
            yield f"missing required field: options [json-pointer:{place}]"
        return
    options = element["options"]
    most = _MOST_OPTIONS.get(kind, 100)
    if not isinstance(options, list) or not options:
        yield f"must have at least 1 item [json-pointer:{place}/options]"
        return
    if len(options) > most:
        yield f"no more than {most} items allowed [json-pointer:{place}/options]"
    for index, option in enumerate(options):
        yield from _option(option, f"{place}/options/{index}")
    initial = element.get("initial_option")
    if initial is not None and initial.get("value") not in {one.get("value") for one in options}:
        yield f"failed to match any option [json-pointer:{place}/initial_option]"


def _option(option: object, place: str) -> Iterator[str]:
    if not isinstance(option, dict):
        yield f"must be an object [json-pointer:{place}]"
        return
    yield from check_text(option.get("text"), f"{place}/text", most=_OPTION_TEXT)
    value = option.get("value")
    if not isinstance(value, str) or not value:
        yield f"missing required field: value [json-pointer:{place}]"
    elif len(value) > 150:
        yield f"must be less than 151 characters [json-pointer:{place}/value]"
    if "description" in option:
        yield from check_text(option["description"], f"{place}/description", most=75)


def _field(element: Json, place: str) -> Iterator[str]:
    initial = str(element.get("initial_value", ""))
    if len(initial) > 3000:
        yield f"must be less than 3001 characters [json-pointer:{place}/initial_value]"
    longest = element.get("max_length")
    if longest is not None and not 1 <= int(longest) <= 3000:
        yield f"must be between 1 and 3000 [json-pointer:{place}/max_length]"
    if element["type"] == "number_input" and "is_decimal_allowed" not in element:
        yield f"missing required field: is_decimal_allowed [json-pointer:{place}]"


def _confirm(confirm: object, place: str) -> Iterator[str]:
    if not isinstance(confirm, dict):
        yield f"must be an object [json-pointer:{place}]"
        return
    yield from check_text(confirm.get("title"), f"{place}/title", most=100, plain=True)
    yield from check_text(confirm.get("text"), f"{place}/text", most=300)
    yield from check_text(confirm.get("confirm"), f"{place}/confirm", most=30, plain=True)
    yield from check_text(confirm.get("deny"), f"{place}/deny", most=30, plain=True)

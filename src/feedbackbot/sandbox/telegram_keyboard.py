"""reply_markup: what a keyboard may hold, and Telegram's refusals."""

from __future__ import annotations

from urllib.parse import urlsplit

from feedbackbot.sandbox.telegram_params import Params
from feedbackbot.sandbox.telegram_state import bad_request
from feedbackbot.sandbox.wire import Json, encode

MOST_BUTTONS = 100
LARGEST_MARKUP = 10_000
LONGEST_DATA_BYTES = 64
_KINDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_OTHER_MARKUPS = ("keyboard", "remove_keyboard", "force_reply")


def read_markup(params: Params) -> Json | None:
    """The keyboard of a call, or None; refused when Telegram would refuse it."""
    markup = params.parsed("reply_markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return {"inline_keyboard": _rows(markup["inline_keyboard"])}
    if any(name in markup for name in _OTHER_MARKUPS):
        return markup
    return None


def inline_of(markup: Json | None) -> Json:
    """What a message carries of it: only inline keyboards with buttons."""
    rows = (markup or {}).get("inline_keyboard")
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def buttons_of(message: Json) -> list[list[Json]]:
    """Rows of {text, data | url} as the phone shows them."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [[_shown(button) for button in row] for row in rows]


def _shown(button: Json) -> Json:
    if "callback_data" in button:
        return {"text": button["text"], "data": button["callback_data"]}
    return {"text": button["text"], "url": button.get("url", "")}


def _rows(rows: object) -> list[list[Json]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" must be of type Array')
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(len(row) for row in kept) > MOST_BUTTONS or len(encode(kept)) > LARGEST_MARKUP:
        raise bad_request("reply markup is too long")
    return kept


def _button(button: object) -> Json:
    if not isinstance(button, dict):
        raise bad_request("inline keyboard button must be an Object")
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    kinds = [kind for kind in _KINDS if kind in button]
    if not kinds:
        raise bad_request("Text buttons are not allowed in the inline keyboard")
    if len(kinds) > 1:
        raise bad_request("exactly one optional field must be used in an inline keyboard button")
    if kinds == ["callback_data"]:
        _check_data(button["callback_data"])
    if kinds == ["url"]:
        _check_url(str(button["url"]))
    return button


def _check_data(data: object) -> None:
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= LONGEST_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "tg":
        return
    if parts.scheme not in {"http", "https"} or "." not in host:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")

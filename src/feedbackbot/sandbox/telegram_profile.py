"""The Bot API's methods about the bot itself: its name, descriptions and commands, chats, and files."""

from __future__ import annotations

import re

from feedbackbot.sandbox.telegram_files import LARGEST_DOWNLOAD
from feedbackbot.sandbox.telegram_params import Params
from feedbackbot.sandbox.telegram_sending import Sending
from feedbackbot.sandbox.telegram_state import TelegramState, bad_request
from feedbackbot.sandbox.wire import Json, encode

_LONGEST = {"name": 64, "description": 512, "short_description": 120}
_ABILITIES = {
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
    "can_connect_to_business": False,
    "has_main_web_app": False,
}


class Profile:
    def __init__(self, state: TelegramState, sending: Sending) -> None:
        self._state = state
        self._sending = sending

    def get_me(self, _params: Params) -> Json:
        return {**self._state.bot_user(), **_ABILITIES}

    def get_chat(self, params: Params) -> Json:
        customer = self._sending.chat(params)
        return {**customer.chat(), "accent_color_id": 1, "max_reaction_count": 11}

    def set_commands(self, params: Params) -> bool:
        commands = params.parsed("commands")
        if not isinstance(commands, list) or not 1 <= len(commands) <= 100:
            raise bad_request("expected between 1 and 100 bot commands")
        kept = [_command(command) for command in commands]
        self._state.profile[self._place("commands", params)] = kept
        return True

    def get_commands(self, params: Params) -> object:
        return self._state.profile.get(self._place("commands", params), [])

    def delete_commands(self, params: Params) -> bool:
        self._state.profile.pop(self._place("commands", params), None)
        return True

    def set_words(self, what: str, params: Params) -> bool:
        """setMyName, setMyDescription, setMyShortDescription."""
        words = params.text(what)
        if len(words) > _LONGEST[what]:
            raise bad_request(f"{what.replace('_', ' ')} is too long")
        self._state.profile[what, "", params.text("language_code")] = words
        return True

    def get_words(self, what: str, params: Params) -> Json:
        profile, language = self._state.profile, params.text("language_code")
        words = profile.get((what, "", language)) or profile.get((what, "", "")) or ""
        fallback = self._state.bot_user()["first_name"] if what == "name" else ""
        return {what: words or fallback}

    def set_menu_button(self, params: Params) -> bool:
        self._state.profile["menu_button", params.text("chat_id"), ""] = params.parsed(
            "menu_button"
        )
        return True

    def get_menu_button(self, params: Params) -> object:
        found = self._state.profile.get(("menu_button", params.text("chat_id"), ""))
        return found or {"type": "default"}

    def get_file(self, params: Params) -> Json:
        file_id = params.text("file_id")
        stored = self._state.files.find(file_id)
        if not file_id or not re.fullmatch(r"[\w-]{20,}", file_id):
            raise bad_request("invalid file_id")
        if stored is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if stored.size > LARGEST_DOWNLOAD:
            raise bad_request("file is too big")
        return self._state.files.link(stored)

    def _place(self, what: str, params: Params) -> tuple[str, str, str]:
        scope = params.parsed("scope")
        named = "" if scope in (None, {"type": "default"}) else encode(scope).decode()
        return what, named, params.text("language_code")


def _command(command: object) -> Json:
    if not isinstance(command, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name = str(command.get("command", "")).removeprefix("/")
    description = str(command.get("description", ""))
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}

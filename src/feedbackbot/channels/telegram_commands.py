"""What Telegram shows of the bot before and beside the chat: its menu of commands and its descriptions, in each language."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from telegram import BotCommand
from telegram.error import TelegramError

from feedbackbot.channels.telegram import TelegramBot
from feedbackbot.channels.telegram_errors import judge
from feedbackbot.engine.script import Common
from feedbackbot.engine.translating.speaking import script_in
from feedbackbot.engine.wording import render
from feedbackbot.house import House

_COMMANDS: Final = "commands."
_LONGEST_COMMAND: Final = 256
_LONGEST_DESCRIPTION: Final = 512
_LONGEST_SHORT: Final = 120


def script_commands(house: House, language: str | None = None) -> list[BotCommand]:
    """Those that begin a script, in the order of the files; the first of a name counts."""
    said: dict[str, str] = {}
    for _, script in sorted(house.library.scripts.items()):
        if command := script.start.trigger.command:
            about = script_in(language, script).about
            said.setdefault(command, about or script.name)
    return [BotCommand(name, words[:_LONGEST_COMMAND]) for name, words in said.items()]


async def introduce(bot: TelegramBot, house: House) -> None:
    """Telegram keeps these, each for the phones of its language; repeated, they change nothing."""
    spoken = _by_code(house.library.common)
    try:
        await asyncio.gather(*(_introduce_in(bot, house, *one) for one in spoken.items()))
    except TelegramError as error:
        raise judge(error) from error


def _by_code(base: Common) -> Mapping[str | None, Common]:
    """Telegram knows two-letter codes only; None is for everybody whose language is not among them."""
    spoken: dict[str | None, Common] = {None: base}
    for language, common in sorted(base.translations.items()):
        code = language.partition("-")[0]
        if len(code) == 2:
            spoken.setdefault(code, common)
    return spoken


async def _introduce_in(bot: TelegramBot, house: House, code: str | None, common: Common) -> None:
    names = {"shop": {"name": house.library.shop.name}}
    said = {
        key: render(text, names, language=common.language)
        for key, text in common.texts.items()
        if key.startswith((_COMMANDS, "profile."))
    }
    commands = [
        BotCommand(key.removeprefix(_COMMANDS), words[:_LONGEST_COMMAND])
        for key, words in said.items()
        if key.startswith(_COMMANDS)
    ]
    description = said["profile.description"][:_LONGEST_DESCRIPTION]
    commands += script_commands(house, common.language if code else None)
    await bot.set_my_commands(commands, language_code=code)
    await bot.set_my_description(description, language_code=code)
    await bot.set_my_short_description(said["profile.short"][:_LONGEST_SHORT], language_code=code)

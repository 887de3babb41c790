"""The menu of commands and the bot's description, both out of the wording's own help."""

from __future__ import annotations

import re

from telegram import BotCommand
from telegram.error import TelegramError

from feedbackbot.channels.telegram import TelegramBot
from feedbackbot.channels.telegram_errors import judge
from feedbackbot.engine.wording import render
from feedbackbot.house import House

_LINE = re.compile(r"^/([a-z0-9_]{1,32})\s*[:–-]\s*(.+)$", re.MULTILINE)


def script_commands(house: House) -> list[BotCommand]:
    """Those that begin a script, in the order of the files; the first of a name counts."""
    said: dict[str, str] = {}
    for _, script in sorted(house.library.scripts.items()):
        if command := script.start.trigger.command:
            said.setdefault(command, script.about or script.name)
    return [BotCommand(name, words[:256]) for name, words in said.items()]


async def introduce(bot: TelegramBot, house: House) -> None:
    """Telegram shows these before and beside the chat; repeated, they change nothing."""
    common, shop = house.library.common, house.library.shop
    text = render(common.texts["help"], {"shop": {"name": shop.name}}, language=common.language)
    commands = [BotCommand(name, words[:256]) for name, words in _LINE.findall(text)]
    commands += script_commands(house)
    about = text.partition("\n")[0]
    try:
        await bot.set_my_commands(commands)
        await bot.set_my_description(about[:512])
        await bot.set_my_short_description(about[:120])
    except TelegramError as error:
        raise judge(error) from error

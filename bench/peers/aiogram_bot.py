"""aiogram's finite state machine, polling, as its documentation teaches; answers by SQLAlchemy."""

from __future__ import annotations

import asyncio
import os

from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from records import AGAIN, QUESTION, REASON, THANKS, keep, open_answers

router = Router()
answers = open_answers()


class Talk(StatesGroup):
    stars = State()
    words = State()
    again = State()


@router.message(CommandStart())
async def start(message: Message, state: FSMContext) -> None:
    keep(answers, message.chat.id, "start", "")
    await state.set_state(Talk.stars)
    rows = [[InlineKeyboardButton(text=f"{n} ★", callback_data=str(n))] for n in range(1, 6)]
    text = QUESTION.format(name=message.from_user.first_name)
    await message.answer(text, reply_markup=InlineKeyboardMarkup(inline_keyboard=rows))


@router.callback_query(Talk.stars)
async def stars(query: CallbackQuery, state: FSMContext) -> None:
    keep(answers, query.message.chat.id, "stars", query.data)
    await state.update_data(stars=query.data)
    await state.set_state(Talk.words)
    await query.answer()
    await query.message.edit_reply_markup(reply_markup=None)
    await query.message.answer(REASON)


@router.message(Talk.words, F.text)
async def words(message: Message, state: FSMContext) -> None:
    keep(answers, message.chat.id, "words", message.text)
    await state.update_data(words=message.text)
    await state.set_state(Talk.again)
    row = [InlineKeyboardButton(text=n, callback_data=n.lower()) for n in ("Yes", "No")]
    await message.answer(AGAIN, reply_markup=InlineKeyboardMarkup(inline_keyboard=[row]))


@router.callback_query(Talk.again)
async def again(query: CallbackQuery, state: FSMContext) -> None:
    keep(answers, query.message.chat.id, "again", query.data)
    await state.clear()
    await query.answer()
    await query.message.edit_reply_markup(reply_markup=None)
    await query.message.answer(THANKS.format(name=query.from_user.first_name))


async def main() -> None:
    server = TelegramAPIServer.from_base(os.environ["TELEGRAM_API_URL"])
    bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=AiohttpSession(api=server))
    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main())

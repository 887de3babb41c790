"""python-telegram-bot's ConversationHandler, polling, as its `conversationbot.py` example teaches; answers by SQLAlchemy."""

from __future__ import annotations

import os

from records import AGAIN, QUESTION, REASON, THANKS, keep, open_answers
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

STARS, WORDS, AGAIN_OR_NOT = range(3)
answers = open_answers()


async def start(update: Update, _: ContextTypes.DEFAULT_TYPE) -> int:
    keep(answers, update.effective_chat.id, "start", "")
    stars = [[InlineKeyboardButton(f"{n} ★", callback_data=str(n))] for n in range(1, 6)]
    text = QUESTION.format(name=update.effective_user.first_name)
    await update.message.reply_text(text, reply_markup=InlineKeyboardMarkup(stars))
    return STARS


async def stars(update: Update, _: ContextTypes.DEFAULT_TYPE) -> int:
    query = update.callback_query
    keep(answers, update.effective_chat.id, "stars", query.data)
    await query.answer()
    await query.edit_message_reply_markup(None)
    await update.effective_chat.send_message(REASON)
    return WORDS


async def words(update: Update, _: ContextTypes.DEFAULT_TYPE) -> int:
    keep(answers, update.effective_chat.id, "words", update.message.text)
    buttons = [InlineKeyboardButton(n, callback_data=n.lower()) for n in ("Yes", "No")]
    await update.message.reply_text(AGAIN, reply_markup=InlineKeyboardMarkup([buttons]))
    return AGAIN_OR_NOT


async def again(update: Update, _: ContextTypes.DEFAULT_TYPE) -> int:
    query = update.callback_query
    keep(answers, update.effective_chat.id, "again", query.data)
    await query.answer()
    await query.edit_message_reply_markup(None)
    await update.effective_chat.send_message(THANKS.format(name=update.effective_user.first_name))
    return ConversationHandler.END


async def cancel(update: Update, _: ContextTypes.DEFAULT_TYPE) -> int:
    await update.message.reply_text("Goodbye.")
    return ConversationHandler.END


def main() -> None:
    application = (
        Application.builder()
        .token(os.environ["TELEGRAM_BOT_TOKEN"])
        .base_url(f"{os.environ['TELEGRAM_API_URL']}/bot")
        .build()
    )
    conversation = ConversationHandler(
        entry_points=[CommandHandler("start", start)],
        states={
            STARS: [CallbackQueryHandler(stars)],
            WORDS: [MessageHandler(filters.TEXT & ~filters.COMMAND, words)],
            AGAIN_OR_NOT: [CallbackQueryHandler(again)],
        },
        fallbacks=[CommandHandler("cancel", cancel)],
    )
    application.add_handler(conversation)
    application.run_polling(allowed_updates=Update.ALL_TYPES)


if __name__ == "__main__":
    main()

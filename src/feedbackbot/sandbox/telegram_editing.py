"""The Bot API's methods on what was said already: edits, deletions, reactions, pins, and answers to taps."""

from __future__ import annotations

from feedbackbot.sandbox.telegram_keyboard import buttons_of, inline_of, read_markup
from feedbackbot.sandbox.telegram_params import Params
from feedbackbot.sandbox.telegram_sending import Sending
from feedbackbot.sandbox.telegram_state import Customer, TelegramState, bad_request
from feedbackbot.sandbox.telegram_text import caption_of, text_of
from feedbackbot.sandbox.wire import Json

DELETABLE_SECONDS = 48 * 3600
LONGEST_TOAST = 200
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
REACTIONS = frozenset(
    [
        "👍",
        "👎",
        "❤",
        "🔥",
        "🥰",
        "👏",
        "😁",
        "🤔",
        "🤯",
        "😱",
        "🤬",
        "😢",
        "🎉",
        "🤩",
        "🤮",
        "💩",
        "🙏",
        "👌",
        "🕊",
        "🤡",
        "🥱",
        "🥴",
        "😍",
        "🐳",
        "❤\u200d🔥",
        "🌚",
        "🌭",
        "💯",
        "🤣",
        "⚡",
        "🍌",
        "🏆",
        "💔",
        "🤨",
        "😐",
        "🍓",
        "🍾",
        "💋",
        "🖕",
        "😈",
        "😴",
        "😭",
        "🤓",
        "👻",
        "👨\u200d💻",
        "👀",
        "🎃",
        "🙈",
        "😇",
        "😨",
        "🤝",
        "✍",
        "🤗",
        "🫡",
        "🎅",
        "🎄",
        "☃",
        "💅",
        "🤪",
        "🗿",
        "🆒",
        "💘",
        "🙉",
        "🦄",
        "😘",
        "💊",
        "🙊",
        "😎",
        "👾",
        "🤷\u200d♂",
        "🤷",
        "🤷\u200d♀",
        "😡",
    ]
)


class Editing:
    def __init__(self, state: TelegramState, sending: Sending) -> None:
        self._state = state
        self._sending = sending

    def edit_text(self, params: Params) -> Json:
        customer, message = self._own(
            params, "message to edit not found", "message can't be edited"
        )
        new = {**text_of(params), **inline_of(read_markup(params))}
        if "text" not in message:
            raise bad_request("there is no text in the message to edit")
        return self._edited(customer, message, new, parts=("text", "entities", "reply_markup"))

    def edit_caption(self, params: Params) -> Json:
        customer, message = self._own(
            params, "message to edit not found", "message can't be edited"
        )
        new = {**caption_of(params), **inline_of(read_markup(params))}
        if "text" in message:
            raise bad_request("there is no caption in the message to edit")
        parts = ("caption", "caption_entities", "reply_markup")
        return self._edited(customer, message, new, parts=parts)

    def edit_markup(self, params: Params) -> Json:
        customer, message = self._own(
            params, "message to edit not found", "message can't be edited"
        )
        new = inline_of(read_markup(params))
        return self._edited(customer, message, new, parts=("reply_markup",))

    def delete(self, params: Params) -> bool:
        customer = self._sending.chat(params)
        message = customer.messages.get(params.integer("message_id"))
        if message is None:
            raise bad_request("message to delete not found")
        if self._state.clock.now() - message["date"] > DELETABLE_SECONDS:
            raise bad_request("message can't be deleted for everyone")
        self._remove(customer, message)
        return True

    def delete_many(self, params: Params) -> bool:
        customer = self._sending.chat(params)
        wanted = params.parsed("message_ids")
        for number in wanted if isinstance(wanted, list) else []:
            if (message := customer.messages.get(int(number))) is not None:
                self._remove(customer, message)
        return True

    def react(self, params: Params) -> bool:
        customer = self._sending.reachable(params, paced=False)
        number = params.integer("message_id")
        if number not in customer.messages:
            raise bad_request("message to react not found")
        emoji = _emoji(params.parsed("reaction"))
        if emoji:
            customer.reactions[number] = emoji
        else:
            customer.reactions.pop(number, None)
        facts = {"message_id": number, "emoji": emoji}
        self._state.journal.tell("telegram.reaction", customer=customer.id, **facts)
        self._state.journal.saw(str(customer.id), "bot reacted", **facts)
        return True

    def answer_tap(self, params: Params) -> bool:
        state = self._state
        tap = state.taps.get(params.text("callback_query_id"))
        text = params.text("text")
        if tap is None or tap.answered or state.clock.now() - tap.at > state.rules.answer_seconds:
            raise bad_request(TOO_OLD)
        if len(text) > LONGEST_TOAST:
            raise bad_request("MESSAGE_TOO_LONG")
        tap.answered = True
        alert = params.flag("show_alert")
        state.journal.tell("telegram.toast", customer=tap.customer, text=text, alert=alert)
        if text:
            state.journal.saw(str(tap.customer), "toast", text=text, alert=alert or None)
        return True

    def pin(self, params: Params) -> bool:
        customer = self._sending.reachable(params, paced=False)
        if params.integer("message_id") not in customer.messages:
            raise bad_request("message to pin not found")
        customer.pinned = params.integer("message_id")
        self._state.journal.tell("telegram.pinned", customer=customer.id)
        return True

    def unpin(self, params: Params) -> bool:
        customer = self._sending.reachable(params, paced=False)
        customer.pinned = None
        self._state.journal.tell("telegram.pinned", customer=customer.id)
        return True

    def _own(self, params: Params, missing: str, foreign: str) -> tuple[Customer, Json]:
        customer = self._sending.chat(params)
        message = customer.messages.get(params.integer("message_id"))
        if message is None:
            raise bad_request(missing)
        if not message["from"]["is_bot"]:
            raise bad_request(foreign)
        return customer, message

    def _edited(
        self, customer: Customer, message: Json, new: Json, *, parts: tuple[str, ...]
    ) -> Json:
        """Replace these parts; a part that is not given is taken away, as Telegram does."""
        if all(message.get(part) == new.get(part) for part in parts):
            raise bad_request(NOT_MODIFIED)
        if any(message.get(part) != new.get(part) for part in parts if part != "reply_markup"):
            customer.reworded.add(message["message_id"])
        for part in parts:
            message.pop(part, None)
        message.update(new, edit_date=self._state.clock.date())
        self._state.journal.tell(
            "telegram.edited", customer=customer.id, message_id=message["message_id"]
        )
        self._state.journal.saw(
            str(customer.id),
            "bot edited",
            message_id=message["message_id"],
            text=message.get("text") or message.get("caption"),
            buttons=buttons_of(message),
        )
        return message

    def _remove(self, customer: Customer, message: Json) -> None:
        number = message["message_id"]
        del customer.messages[number]
        customer.reactions.pop(number, None)
        customer.pinned = None if customer.pinned == number else customer.pinned
        self._state.journal.tell("telegram.deleted", customer=customer.id, message_id=number)
        self._state.journal.saw(str(customer.id), "bot deleted", message_id=number)


def _emoji(reaction: object) -> str | None:
    """The one emoji of setMessageReaction, None to take it away."""
    if not reaction:
        return None
    if not isinstance(reaction, list) or not all(isinstance(one, dict) for one in reaction):
        raise bad_request("expected an Array of reactions")
    if len(reaction) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = str(reaction[0].get("emoji", "")).replace("\ufe0f", "")
    if reaction[0].get("type") != "emoji" or emoji not in REACTIONS:
        raise bad_request("REACTION_INVALID")
    return emoji

"""What customers do with their phones, and the updates that come of it."""

from __future__ import annotations

import re
import secrets
from urllib.parse import parse_qs, urlsplit

from feedbackbot.sandbox.credentials import TELEGRAM_BOT_USERNAME
from feedbackbot.sandbox.telegram_keyboard import buttons_of
from feedbackbot.sandbox.telegram_messages import content_of
from feedbackbot.sandbox.telegram_state import Customer, Tap, TelegramState
from feedbackbot.sandbox.telegram_text import plain
from feedbackbot.sandbox.wire import Json, copied


class People:
    """Every act of a customer; ValueError says why a phone would not let it happen."""

    def __init__(self, state: TelegramState) -> None:
        self._state = state

    def open_link(self, customer: Customer, start: str | None) -> int:
        """Press Start below the bot's page; someone who had blocked the bot unblocks it so."""
        if start and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", start):
            raise ValueError(f"'{start}' is no start payload: 1 to 64 of A-Z a-z 0-9 _ -.")
        if customer.blocked:
            self.set_blocked(customer, blocked=False)
        return self.send(customer, {"text": f"/start {start}" if start else "/start"})

    def send(self, customer: Customer, wanted: Json) -> int:
        if customer.deleted:
            raise ValueError("This account is deleted.")
        if customer.blocked:
            raise ValueError("This customer has blocked the bot.")
        content = content_of(wanted, self._state.files)
        customer.started = True
        message = self._state.new_message(
            customer, customer.user(), {**self._reply(customer, wanted), **content}
        )
        number = int(message["message_id"])
        self._say("telegram.message", "customer said", customer, message)
        self._queue("message", message, customer)
        return number

    def edit(self, customer: Customer, message_id: int, text: str) -> None:
        message = self._message(customer, message_id)
        if message["from"]["is_bot"]:
            raise ValueError("That is the bot's message.")
        name = "text" if "text" in message else "caption"
        for part in ("text", "entities", "caption", "caption_entities"):
            message.pop(part, None)
        message.update(plain(name, text), edit_date=self._state.clock.date())
        customer.reworded.add(message_id)
        self._say("telegram.edited", "customer edited", customer, message)
        self._queue("edited_message", message, customer)

    def tap(self, customer: Customer, wanted: Json) -> int | None:
        """Press a button; `stale` presses one that was on the phone a moment ago. None: not delivered."""
        message, data = self._button(customer, wanted)
        tap_id = str(secrets.randbits(62))
        self._state.taps[tap_id] = Tap(customer=customer.id, at=self._state.clock.now())
        shown = copied(message)
        if wanted.get("inaccessible"):
            shown = {name: shown[name] for name in ("chat", "message_id")} | {"date": 0}
        query = {
            "id": tap_id,
            "from": customer.user(),
            "message": shown,
            "chat_instance": str(customer.id * 7919),
            "data": data,
        }
        number = message["message_id"]
        self._state.journal.tell("telegram.tap", customer=customer.id, message_id=number)
        self._state.journal.saw(
            str(customer.id),
            "customer tapped",
            message_id=number,
            text=_label(message, data),
            data=data,
        )
        return self._queue("callback_query", query, customer)

    def react(self, customer: Customer, message_id: int, emoji: str) -> None:
        """A reaction on a message; bots hear of it only when they ask for message_reaction."""
        message = self._message(customer, message_id)
        old = customer.own_reactions.get(message_id, "")
        customer.own_reactions[message_id] = emoji
        change = {
            "chat": customer.chat(),
            "message_id": message["message_id"],
            "user": customer.user(),
            "date": self._state.clock.date(),
            "old_reaction": [{"type": "emoji", "emoji": old}] if old else [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
        }
        self._state.journal.tell("telegram.reaction", customer=customer.id, message_id=message_id)
        self._state.journal.saw(
            str(customer.id), "customer reacted", message_id=message_id, emoji=emoji
        )
        self._queue("message_reaction", change, customer)

    def set_blocked(self, customer: Customer, *, blocked: bool) -> None:
        if customer.blocked == blocked:
            return
        customer.blocked = blocked
        self._state.journal.tell("telegram.blocked", customer=customer.id, blocked=blocked)
        self._state.journal.saw(str(customer.id), "blocked" if blocked else "unblocked")
        statuses = ("member", "kicked") if blocked else ("kicked", "member")
        old, new = (self._membership(status) for status in statuses)
        change = {
            "chat": customer.chat(),
            "from": customer.user(),
            "date": self._state.clock.date(),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        self._queue("my_chat_member", change, customer)

    def delete_account(self, customer: Customer) -> None:
        customer.deleted = True
        self._state.journal.tell("telegram.deleted_account", customer=customer.id)
        self._state.journal.saw(str(customer.id), "deleted the account")

    def _membership(self, status: str) -> Json:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": self._state.bot_user(), "status": status, **until}

    def _reply(self, customer: Customer, wanted: Json) -> Json:
        target = wanted.get("reply_to")
        quoted = self._state.quoted(customer, int(target)) if target else None
        if target and quoted is None:
            raise ValueError(f"There is no message {target} to reply to.")
        return {"reply_to_message": quoted} if quoted else {}

    def _message(self, customer: Customer, message_id: object) -> Json:
        try:
            return customer.messages[int(str(message_id))]
        except (KeyError, ValueError):
            raise ValueError(f"This chat has no message {message_id}.") from None

    def _button(self, customer: Customer, wanted: Json) -> tuple[Json, str]:
        if label := wanted.get("label"):
            return self._button_labelled(customer, str(label), wanted.get("message_id"))
        message = self._message(customer, wanted.get("message_id"))
        data = str(wanted.get("data", ""))
        known = {button.get("data") for row in buttons_of(message) for button in row}
        if data not in known and not wanted.get("stale"):
            raise ValueError(f"Message {message['message_id']} has no button with '{data}'.")
        return message, data

    def _button_labelled(
        self, customer: Customer, label: str, message_id: object
    ) -> tuple[Json, str]:
        """The newest button that bears this label."""
        for message in reversed(customer.messages.values()):
            if message_id and message["message_id"] != int(str(message_id)):
                continue
            for button in (button for row in buttons_of(message) for button in row):
                if button["text"].strip() == label.strip() and "data" in button:
                    return message, button["data"]
        raise ValueError(f"No message has a button '{label}'.")

    def _say(self, kind: str, what: str, customer: Customer, message: Json) -> None:
        number = message["message_id"]
        self._state.journal.tell(kind, customer=customer.id, message_id=number)
        kinds = ("photo", "voice", "video", "document", "sticker", "contact", "poll", "location")
        self._state.journal.saw(
            str(customer.id),
            what,
            message_id=number,
            text=message.get("text") or message.get("caption"),
            file=next((kind for kind in kinds if kind in message), None),
        )

    def _queue(self, kind: str, content: Json, customer: Customer) -> int | None:
        """Taps have a lane of their own, so a tap and a text may overtake each other."""
        is_tap = kind == "callback_query"
        rules = self._state.rules
        return self._state.updates.add(
            kind,
            content,
            lane=f"{'tap' if is_tap else 'chat'}:{customer.id}",
            lives=rules.tap_seconds if is_tap else rules.update_seconds,
        )


def payload_of(link: str) -> str | None:
    """The start payload of a t.me link to this bot, None when it has none; ValueError for another link."""
    parts = urlsplit(link)
    query = parse_qs(parts.query)
    name = parts.path.strip("/") if parts.scheme != "tg" else query.get("domain", [""])[0]
    if parts.hostname not in {"t.me", "telegram.me"} and parts.scheme != "tg":
        raise ValueError(f"'{link}' does not lead to Telegram.")
    if name.lower() != TELEGRAM_BOT_USERNAME.lower():
        raise ValueError(f"'{link}' leads to another bot than @{TELEGRAM_BOT_USERNAME}.")
    return query.get("start", [None])[0]


def _label(message: Json, data: str) -> str | None:
    buttons = (button for row in buttons_of(message) for button in row)
    return next((button["text"] for button in buttons if button.get("data") == data), None)

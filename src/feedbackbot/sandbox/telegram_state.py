"""Telegram's side of the world: the bot's profile, the customers, and what each of their phones shows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from feedbackbot.sandbox import credentials
from feedbackbot.sandbox.faults import Faults
from feedbackbot.sandbox.journal import Journal
from feedbackbot.sandbox.rules import Pace, Rules
from feedbackbot.sandbox.telegram_files import FileStore
from feedbackbot.sandbox.telegram_updates import UpdateQueue
from feedbackbot.sandbox.wire import Json, copied

FIRST_CUSTOMER = 700_000_001


class TelegramRefusalError(Exception):
    """The Bot API's way to say no."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def to_json(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


def bad_request(what: str) -> TelegramRefusalError:
    return TelegramRefusalError(400, f"Bad Request: {what}")


@dataclass(slots=True, kw_only=True)
class Customer:
    """A person with a phone."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    #: Whether this person has ever pressed Start; before that a bot cannot write.
    started: bool = False
    blocked: bool = False
    deleted: bool = False
    typing_until: float = 0.0
    pinned: int | None = None
    #: The chat in order, as Bot API messages.
    messages: dict[int, Json] = field(default_factory=dict)
    #: The bot's reaction on a message of this chat.
    reactions: dict[int, str] = field(default_factory=dict)
    #: The customer's own.
    own_reactions: dict[int, str] = field(default_factory=dict)
    #: Messages whose words were changed; a change of the keyboard alone is not shown as "edited".
    reworded: set[int] = field(default_factory=set)

    def user(self) -> Json:
        return {"id": self.id, "is_bot": False, **self._names(), **self._language()}

    def chat(self) -> Json:
        return {"id": self.id, **self._names(), "type": "private"}

    def _names(self) -> Json:
        names = ("first_name", "last_name", "username")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    def _language(self) -> Json:
        return {"language_code": self.language_code} if self.language_code else {}


@dataclass(slots=True, kw_only=True)
class Tap:
    """A button press that waits for answerCallbackQuery."""

    customer: int
    at: float
    answered: bool = False


class TelegramState:
    def __init__(self, journal: Journal, rules: Rules, faults: Faults) -> None:
        self.journal = journal
        self.clock = journal.clock
        self.rules = rules
        self.faults = faults
        self.pace = Pace()
        self.files = FileStore(self.clock)
        self.updates = UpdateQueue(self.clock)
        self.customers: dict[int, Customer] = {}
        #: The one that is good, as BotFather has given it out; None while there is none.
        self.token: str | None = credentials.TELEGRAM_TOKEN
        self.taps: dict[str, Tap] = {}
        #: Names, descriptions and commands by (what, scope, language).
        self.profile: dict[tuple[str, str, str], object] = {}
        self._message_ids = itertools.count(1)
        self._customer_ids = itertools.count(FIRST_CUSTOMER)

    def bot_user(self) -> Json:
        return {
            "id": credentials.TELEGRAM_BOT_ID,
            "is_bot": True,
            "first_name": str(self.profile.get(("name", "", "")) or credentials.TELEGRAM_BOT_NAME),
            "username": credentials.TELEGRAM_BOT_USERNAME,
        }

    def add_customer(self, names: Json, *, customer_id: int | None = None) -> Customer:
        """A new person; ValueError when the id is taken."""
        chosen = customer_id or next(self._customer_ids)
        if chosen in self.customers:
            raise ValueError(f"There is a customer {chosen} already.")
        customer = Customer(id=chosen, **names)
        self.customers[chosen] = customer
        self.journal.tell("telegram.customer", customer=chosen)
        return customer

    def get_customer(self, customer_id: object) -> Customer:
        """ValueError when there is no such person."""
        try:
            return self.customers[int(str(customer_id))]
        except (KeyError, ValueError):
            raise ValueError(f"There is no customer {customer_id}.") from None

    def new_message(self, customer: Customer, sender: Json, content: Json) -> Json:
        """A message in the chat, which is not yet shown to anybody."""
        message = {
            "message_id": next(self._message_ids),
            "from": sender,
            "chat": customer.chat(),
            "date": self.clock.date(),
            **content,
        }
        customer.messages[message["message_id"]] = message
        return message

    def quoted(self, customer: Customer, message_id: int) -> Json | None:
        """A message as it stands inside a reply to it, or None."""
        message = customer.messages.get(message_id)
        if message is None:
            return None
        return {name: part for name, part in copied(message).items() if name != "reply_to_message"}

"""What the customer sees of a turn: messages, buttons, notices, reactions."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from msgspec import Struct


class Purpose(StrEnum):
    """Why a message goes out; decides what may still be sent after a stop, and what is sent twice."""

    #: a question of the script, a reminder, or something else that the bot begins by itself
    QUESTION = "question"
    #: words of the script without a question
    STATEMENT = "statement"
    #: the bot's direct answer to something that the customer just did
    ANSWER = "answer"
    #: words of a person, or news about an open escalation
    CASE = "case"


class Button(Struct, frozen=True, kw_only=True):
    """`choice` comes back in a `Tap`; a button with a `url` opens it instead."""

    label: str
    choice: str = ""
    url: str | None = None


class Said(Struct, frozen=True, kw_only=True):
    """One message to the customer. Several texts of one turn are one message."""

    text: str
    purpose: Purpose
    #: rows of buttons
    buttons: tuple[tuple[Button, ...], ...] = ()
    #: the question that this message asks, when it asks one
    visit: int | None = None
    #: may leave only after this pause, so that words which follow can still be added
    pause: timedelta = timedelta(0)
    #: path of a picture in the conversations folder
    photo: str | None = None
    #: a picture or voice note of ours (`media_id`), for previews
    media_id: int | None = None
    #: `CaseReplied.reply_id`: whose delivery this is
    reply_id: int | None = None
    #: ask Telegram for the phone's contact button
    wants_contact: bool = False


class ButtonsChanged(Struct, frozen=True, kw_only=True):
    """The buttons under the message that asked `visit` become these; none takes them away."""

    visit: int
    buttons: tuple[tuple[Button, ...], ...] = ()


class Toasted(Struct, frozen=True, kw_only=True):
    """A short notice over the phone's screen in answer to a tap."""

    text: str


class Reacted(Struct, frozen=True, kw_only=True):
    """The bot's reaction on a message of the customer, such as eyes."""

    message_key: str
    emoji: str


class Typed(Struct, frozen=True, kw_only=True):
    """`typing…` is shown to the customer."""

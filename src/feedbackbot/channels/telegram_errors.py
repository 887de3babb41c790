"""What Telegram's refusals mean; the library's tree is no guide, since BadRequest and TimedOut are NetworkErrors in it."""

from __future__ import annotations

from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)

from feedbackbot.channels.telegram_request import NeverLeft, Patience, PlatformDown
from feedbackbot.errors import (
    ChannelBusy,
    CustomerUnreachable,
    DeliveryError,
    MaybeSent,
    NotSent,
    PlatformAway,
    TokenRefused,
)

#: other 403s have been seen to pass by themselves, so only these end a contact
_GONE = (
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation",
    "bot was kicked",
    "chat not found",
    "user not found",
    "peer_id_invalid",
)
_NOT_OURS = "Telegram does not accept the bot's token (TELEGRAM_BOT_TOKEN); get it from @BotFather."
_AS_WANTED = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message to react not found",
    "reaction_invalid",
    "message not found",
)


def judge(error: TelegramError) -> DeliveryError:
    """What is known of a message after this error."""
    words = str(error)
    if isinstance(error, Patience):
        return ChannelBusy(error.seconds)
    if isinstance(error, Forbidden | BadRequest):
        return _refused(error)
    if isinstance(error, InvalidToken):
        return TokenRefused(_NOT_OURS)
    if isinstance(error, NetworkError | Conflict):
        return _disturbed(error)
    return DeliveryError(words)


def leaves_things_as_wanted(error: TelegramError, *, kind: str) -> bool:
    """A button row that is gone already, or a message to decorate that the customer has deleted."""
    words = str(error).lower()
    return (
        kind in {"buttons", "reaction", "typing"}
        and isinstance(error, BadRequest)
        and any(sentence in words for sentence in _AS_WANTED)
    )


def is_old_tap(error: TelegramError) -> bool:
    """Telegram takes answers to a tap for a few seconds only."""
    words = str(error).lower()
    return isinstance(error, BadRequest) and ("too old" in words or "query id is invalid" in words)


def _disturbed(error: TelegramError) -> DeliveryError:
    words = str(error)
    if isinstance(error, NeverLeft | PlatformDown):
        return PlatformAway(words)
    return NotSent(words) if isinstance(error, Conflict) else MaybeSent(words)


def _refused(error: TelegramError) -> DeliveryError:
    words = str(error)
    if any(sentence in words.lower() for sentence in _GONE):
        return CustomerUnreachable(words)
    if isinstance(error, Forbidden):
        return NotSent(words)
    return DeliveryError(words)

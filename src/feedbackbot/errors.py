"""Every error of feedbackbot, one tree; a docstring is the message where none is given.

FeedbackbotError
├── ConfigError                 a setting is missing or wrong
├── KeyMismatch                 the database was sealed with another key
├── ScriptError                 a script is wrong, at a place
├── NotAllowed                  what was asked for can't be done now, and why
│   ├── InvitationError
│   ├── EscalationTaken         somebody else has claimed it
│   └── ConsentMissing
├── NotYet                      what this belongs to is only just being stored
├── PurchaseRefused             a purchase that came in can't be used, and why
└── DeliveryError               a platform did not take a message
    ├── CustomerUnreachable     blocked, gone
    ├── ChannelBusy             later, after `retry_after` seconds
    ├── NotSent                 it certainly did not arrive; safe to try again
    │   ├── PlatformAway        nobody's message arrives at present
    │   │   └── TokenRefused    everything waits for a token that is accepted
    │   └── PlaceClosed         this Slack channel takes nothing from us
    └── MaybeSent               it may have arrived; nobody can tell
"""

from __future__ import annotations


class FeedbackbotError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class ConfigError(FeedbackbotError):
    """A setting is missing or wrong."""


class KeyMismatch(ConfigError):
    """This database was sealed with another key."""


class ScriptError(FeedbackbotError):
    """A script is wrong."""


class NotAllowed(FeedbackbotError):
    """That can't be done now."""


class InvitationError(NotAllowed):
    """This invitation can't be used."""


class EscalationTaken(NotAllowed):
    """Somebody else has claimed this; `owner` is the name to show."""

    def __init__(self, owner: str) -> None:
        super().__init__(f"{owner} has claimed this already.")
        self.owner = owner


class ConsentMissing(NotAllowed):
    """Nothing is published without the customer's live consent to exactly this text."""


class NotYet(FeedbackbotError):
    """What this belongs to is only just being stored; the next try finds it."""


class PurchaseRefused(FeedbackbotError):
    """This purchase can't be used; `field` names the place, `remedy` says what to send instead."""

    def __init__(self, reason: str, field: str = "", remedy: str = "") -> None:
        super().__init__(f"{reason} {remedy}".rstrip())
        self.reason = reason
        self.field = field
        self.remedy = remedy


class DeliveryError(FeedbackbotError):
    """The platform did not take the message."""

    permanent = True


class CustomerUnreachable(DeliveryError):
    """The customer has blocked the bot, or the account is gone."""


class ChannelBusy(DeliveryError):
    """The platform asks for patience; `retry_after` in seconds."""

    permanent = False

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"The platform asks to wait {retry_after:g} s.")
        self.retry_after = retry_after


class NotSent(DeliveryError):
    """The request never left, or was refused for now; trying again is safe."""

    permanent = False


class PlatformAway(NotSent):
    """The platform can't be reached, or is out of order for everybody."""


class TokenRefused(PlatformAway):
    """The platform does not accept our token; everything waits until it does."""


class PlaceClosed(NotSent):
    """This Slack channel takes nothing from us until somebody opens it."""


class MaybeSent(DeliveryError):
    """The answer to a request that had left never came; it may have arrived."""

    permanent = False

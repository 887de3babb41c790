"""What the bot remembers of its talk with one customer between two turns, and what it must know to take one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct, field

from feedbackbot.engine.events import Event, Permission
from feedbackbot.engine.happenings import Attachment
from feedbackbot.engine.script import Common, Script
from feedbackbot.engine.shop import Shop

#: what a saved answer may be; JSON-clean
Value: TypeAlias = str | int | float | bool | tuple[str, ...] | None


class Timer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`name` says what it is for (remind, timeout, expire, wait, later, resume, aside, check); at most one of each name."""

    name: str
    due_at: datetime


class Closed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question that no longer waits; so that a late tap gets a true sentence."""

    visit: int
    #: how the answer reads to the customer; None when it timed out or was overtaken
    label: str | None


class Spoken(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message of the customer that became words of an answer; so that an edit or an afterthought finds it."""

    message_key: str
    visit: int
    step: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    #: False for words that were kept without being an answer
    answered: bool = True
    #: people have it already: it went into an escalation
    passed_on: bool = False
    #: where the team was told of it in a note
    told_to: str | None = None
    #: its conversation has ended, and the next one has begun
    bygone: bool = False
    #: it became a number or a choice, so that other words may mean another answer
    chosen: bool = False


class Quote(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The words that the customer last agreed to publish; a later edit of them asks again."""

    #: None until the row's id is known
    testimonial_id: int | None
    visit: int
    uses: tuple[str, ...]
    credit: str
    credit_name: str
    #: the number of the purchase that they are about
    purchase: str | None = None
    #: the picture or recording that was agreed to with them
    media_id: int | None = None


class Aside(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A built-in question (forget? when later? what is it about?) that stands over the script for a moment."""

    #: dotted key of the question in `_common.yaml`, such as `forget` or `human`
    key: str
    visit: int
    #: what the answer is about: collected words, ids, the deferred happening; JSON-clean
    notes: dict[str, Value] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


class Case(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The customer's open escalation, as far as talking to them needs it."""

    #: None between the turn that raised it and the row's id being known
    escalation_id: int | None
    #: the step that raised it, as long as opening it again leads back there; None when outside a script
    step: str | None
    staff_name: str | None = None
    #: "Rita has it now" has been said once
    acknowledged: bool = False
    #: by when what the customer wrote will have been answered; None while nothing is unanswered
    answer_due: datetime | None = None
    #: resolved, and waiting for the day of the check: writing reopens it
    resolved: bool = False
    #: the customer has been asked since whether it was put right
    checked: bool = False
    #: and has said that it was not
    denied: bool = False


class State(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one conversation stands."""

    script: str
    version: str
    invitation_id: int
    step: str
    #: the question that waits for an answer; None while waiting for time or for people
    visit: int | None = None
    #: answers and `set` names; a name that is missing reads as none
    names: dict[str, Value] = field(default_factory=dict)
    attachments: dict[str, tuple[Attachment, ...]] = field(default_factory=dict)
    tries: int = 0
    reminders: int = 0
    questions: int = 0
    #: inside a testimonial step: where in it, the text, credit …
    testimonial: dict[str, Value] | None = None
    #: steps to come back to after a `call`
    calls: tuple[str, ...] = ()
    #: facts of the last escalation: cause, outcome, minutes, check_on (ISO)
    escalation: dict[str, Value] = field(default_factory=dict)
    declined_testimonial: bool = False
    #: the answer that "Change" still takes back
    changeable_step: str | None = None
    changeable_visit: int | None = None
    #: the step whose answer was taken back and is awaited anew
    taken_back: str | None = None
    #: what is ticked so far at a question with several choices
    picked: tuple[str, ...] = ()
    #: seconds left of `expire` while it stands still
    expire_left: float | None = None
    #: `expire` is over: nothing more is asked or said on the way to the end
    late: bool = False


class Chat(Struct, frozen=True, kw_only=True, omit_defaults=True):
    #: number of the newest question; taps carry it, so that an old button is known as old
    last_visit: int = 0
    stopped: bool = False
    #: after a stop: whether the answer to an open escalation may still come (None: not decided)
    let_answer: bool | None = None
    blocked: bool = False
    permission: Permission = Permission.UNASKED
    aside: Aside | None = None
    case: Case | None = None
    conversation: State | None = None
    #: offers that wait for the running conversation to end
    queued: tuple[int, ...] = ()
    #: newest last, a handful
    closed: tuple[Closed, ...] = ()
    timers: tuple[Timer, ...] = ()
    #: the answer that words arriving shortly after may still be added to
    open_words: dict[str, Value] | None = None
    #: newest last
    spoken: tuple[Spoken, ...] = ()
    quote: Quote | None = None
    #: of the customer's newest message, for the eyes when staff have read it
    newest_key: str | None = None
    #: timers put away while the customer has blocked the bot
    shelved: tuple[Timer, ...] = ()
    #: "May I ask again?" is asked once only
    permission_asked: bool = False
    #: numbers of purchases about which "may we publish your words?" has had its answer; newest last
    quoted_about: tuple[str, ...] = ()
    #: when the customer was told that too much came at once
    flood_told_at: datetime | None = None


class CustomerFacts(Struct, frozen=True, kw_only=True):
    """`customer` in texts and conditions."""

    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    timezone: str | None = None
    purchases: int = 1
    last_cause: str | None = None
    tags: tuple[str, ...] = ()


class PurchaseFacts(Struct, frozen=True, kw_only=True):
    """`purchase` in texts and conditions."""

    number: str
    items: tuple[str, ...]
    total: float | None = None
    currency: str | None = None
    placed_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    gift: bool = False
    tags: tuple[str, ...] = ()

    @property
    def item(self) -> str:
        return self.items[0] if self.items else "your order"

    @property
    def title(self) -> str:
        more = len(self.items) - 1
        return self.item if more < 1 else f"{self.item} and {more} more"


class Published(Struct, frozen=True, kw_only=True):
    """A testimonial of this customer that can be withdrawn: waiting, approved or public."""

    testimonial_id: int
    text: str
    #: where it is used outside our own pages, in words
    other_uses: str | None = None


class Scene(Struct, frozen=True, kw_only=True):
    """What a turn may look at besides the chat: the script, the shop, the people and the purchase."""

    common: Common
    shop: Shop
    customer: CustomerFacts
    #: the purchase of the running conversation or of the link just opened; the newest at a /start without one
    purchase: PurchaseFacts | None = None
    #: the script version of the running conversation
    script: Script | None = None
    #: looked up only for /withdraw
    published: tuple[Published, ...] = ()
    #: the scripts that `script` calls, by name
    called: Mapping[str, Script] = field(default_factory=dict)
    #: the next free code of each pool that `script` rewards from
    codes: Mapping[str, str] = field(default_factory=dict)
    #: until when those are good, where that is limited
    codes_until: Mapping[str, datetime] = field(default_factory=dict)
    #: the pools from which the purchase has had its code
    rewarded: frozenset[str] = frozenset()
    #: numbers of the purchases for which a code was given; looked up only where words may be published
    thanked: frozenset[str] = frozenset()
    #: FEEDBACKBOT_TEXT_PAUSE in seconds; 0 is off
    text_pause: float = 3.0
    #: the shop's default minutes of voice that are taken
    voice_minutes: int = 5


class Passed(Struct, frozen=True, kw_only=True):
    """A step that a turn has reached, or a way by which it has left one; for coverage."""

    script: str
    step: str
    #: None: reached; else the number of the line of `next`, "timeout" or "retry"
    way: str | None = None


class Turn(Struct, frozen=True, kw_only=True):
    chat: Chat
    events: tuple[Event, ...] = ()
    trail: tuple[Passed, ...] = ()
    #: the answers of a conversation that has ended in this turn
    left: Mapping[str, Value] | None = None

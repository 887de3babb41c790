"""Whatever happens to a chat, in whatever order: it never breaks, forgets nothing and keeps its word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import ValidationError
from msgspec.structs import replace

from feedbackbot.engine.chat import Chat, CustomerFacts, Published, PurchaseFacts, Scene, Spoken
from feedbackbot.engine.events import (
    ButtonsChanged,
    CaseWritten,
    ComplaintRaised,
    ConsentGiven,
    Event,
    Purpose,
    ReplyNotUnderstood,
    Resumed,
    Said,
    Stopped,
)
from feedbackbot.engine.happenings import (
    Attachment,
    Blocked,
    CaseClaimed,
    CaseNeglected,
    CaseReopened,
    CaseReplied,
    CaseResolved,
    CaseTyping,
    Command,
    EditSuggested,
    Happening,
    LinkOpened,
    LinkState,
    MediaLost,
    MediaTrouble,
    Neglect,
    QuestionDue,
    Reply,
    ReplyKind,
    Tap,
    TestimonialPublished,
    TooMuch,
    Unblocked,
    WasAway,
    Woken,
)
from feedbackbot.engine.script import Library
from feedbackbot.engine.talking import (
    chat_from_json,
    receive,
    to_json,
    with_case_id,
    with_testimonial_id,
)

_START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_CHOICES = (
    *"12345",
    *("-2", "0", "2", "yes", "no", "new", "agree", "change", "mine", "first_name", "anonymous"),
    *("swap", "money", "nothing", "solved", "open", "here", "waiting"),
    *("~skip", "~change", "~not_now", "~not_mine", "add", "problem", "now", "fine", "not_mine"),
    *("evening", "week", "never", "each", "sometimes", "t1", "t2", "x", ""),
)
_WORDS = (
    *("5", "great!", "The sole came off after two days, and the box was crushed.", "yes", "no"),
    *("stop", "thanks", "❤️", "human", "not now", "skip", "Not yet", "x" * 4096, "😀" * 2100, " "),
    *("{{ shop.name }}", "I agree", "Ada"),
)


_COMMANDS = (
    *("stop", "start", "help", "human", "privacy", "mydata", "withdraw", "forget", "dance"),
)
_PAUSES = (0, 1, 2, 60, 1000, 4000, 90_000, 300_000)


class House:
    """One chat with everything that activities would keep beside it."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.script = library.scripts["after_purchase"]
        self.chat = Chat()
        self.now = _START
        self.case_id = 0
        self.testimonials: dict[int, str] = {}
        self.messages = 0
        #: the choices that can be tapped under each question
        self.choices: dict[int, tuple[str, ...]] = {}

    def scene(self, *, delivered: bool) -> Scene:
        bought = PurchaseFacts(
            number="#1001",
            items=("Trail shoes", "Socks"),
            delivered_at=_START if delivered else None,
        )
        return Scene(
            common=self.library.common,
            shop=self.library.shop,
            customer=CustomerFacts(first_name="Ada", last_name="Lovelace"),
            purchase=bought,
            script=self.script if self.chat.conversation else None,
            published=tuple(
                Published(testimonial_id=number, text=text)
                for number, text in self.testimonials.items()
            ),
        )

    def key(self) -> str:
        self.messages += 1
        return f"7:{self.messages}"

    def take(self, happening: Happening, *, delivered: bool) -> tuple[Event, ...]:
        turn = receive(self.chat, happening, self.scene(delivered=delivered), now=self.now)
        self.chat = turn.chat
        for event in turn.events:
            if isinstance(event, (Said, ButtonsChanged)) and event.visit is not None:
                shown = tuple(button.choice for row in event.buttons for button in row)
                self.choices[event.visit] = shown
            if isinstance(event, ComplaintRaised):
                self.case_id += 0 if event.reopens else 1
                self.chat = with_case_id(self.chat, self.case_id)
            elif isinstance(event, ConsentGiven):
                number = event.testimonial_id or len(self.testimonials) + 1
                self.testimonials[number] = event.text
                self.chat = with_testimonial_id(self.chat, number)
        return turn.events


def _reply(house: House, number: int) -> Happening:
    kind = (*ReplyKind, ReplyKind.TEXT, ReplyKind.TEXT, ReplyKind.TEXT)[number % 11]
    with_file = kind in (ReplyKind.PHOTO, ReplyKind.VOICE, ReplyKind.VIDEO, ReplyKind.DOCUMENT)
    trouble = (None, None, None, *MediaTrouble)[number // 11 % 6]
    edited = number % 5 == 0
    return Reply(
        kind=kind,
        text="" if with_file and number % 3 else _WORDS[number // 7 % len(_WORDS)],
        attachments=(Attachment(media_id=number, kind=kind, trouble=trouble),) if with_file else (),
        message_key=f"7:{number % max(1, house.messages)}" if edited else house.key(),
        album=(None, None, "a", "b")[number // 13 % 4],
        edited=edited,
    )


def _tap(house: House, number: int) -> Happening:
    visit = max(0, house.chat.last_visit - (0 if number % 4 else number // 4 % 4))
    shown = house.choices.get(visit, ())
    known = shown if shown and number % 8 else _CHOICES
    choice = known[number // 8 % len(known)]
    return Tap(visit=visit, choice=choice, message_key=house.key())


def _command(house: House, number: int) -> Happening:
    return Command(name=_COMMANDS[number % len(_COMMANDS)], message_key=house.key())


def _link(house: House, number: int) -> Happening:
    return LinkOpened(
        state=(*LinkState, LinkState.NEW, LinkState.NEW)[number % 8],
        message_key=house.key(),
        invitation_id=1 + number // 8 % 3,
        script=house.script,
        due_at=(None, _START, house.now + timedelta(days=4))[number // 24 % 3],
    )


def _due(house: House, number: int) -> Happening:
    return QuestionDue(invitation_id=1 + number % 3, script=house.script)


def _case(house: House, number: int) -> Happening:
    """Staff do something, now and then about an escalation of long ago."""
    case = max(1, house.case_id - (number % 5 == 0))
    name = ("Rita Hale", "Tom")[number // 5 % 2]
    resolved = CaseResolved(
        escalation_id=case,
        staff_name=name,
        cause="quality",
        outcome="replaced",
        check_on=house.now + timedelta(days=number % 3),
        minutes=9,
        answered=number % 2 == 0,
    )
    return (
        CaseClaimed(escalation_id=case, staff_name=name),
        CaseReplied(escalation_id=case, reply_id=1, staff_name=name, text="y" * 4000),
        CaseTyping(escalation_id=case),
        CaseReopened(escalation_id=case, staff_name=name),
        CaseNeglected(escalation_id=case, how=Neglect.NOBODY),
        CaseNeglected(escalation_id=case, how=Neglect.UNCLAIMED),
        resolved,
        resolved,
        resolved,
    )[number % 9]


def _edit(_house: House, number: int) -> Happening:
    return EditSuggested(
        testimonial_id=1,
        before="Old words.",
        after="New words.",
        credit="first_name",
        uses=("website",),
        media_id=None if number % 2 else 3,
    )


def _other(_house: House, number: int) -> Happening:
    news = TestimonialPublished(testimonial_id=1, link="https://birchandlane.example/wall")
    others = (Blocked(), Unblocked(), WasAway(), TooMuch(), MediaLost(media_id=1), news)
    return others[number % len(others)]


def _woken(_house: House, _number: int) -> Happening:
    return Woken()


#: how often each kind of thing happens, side by side
_KINDS: tuple[Callable[[House, int], Happening], ...] = (
    *([_tap] * 7),
    *([_reply] * 5),
    *([_case] * 4),
    *([_woken] * 3),
    *([_link] * 2),
    _due,
    _command,
    _edit,
    _other,
)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


_MOVES = st.lists(
    st.tuples(
        st.integers(0, len(_KINDS) - 1), st.integers(0, 999), st.integers(0, len(_PAUSES) - 1)
    ),
    min_size=1,
    max_size=40,
)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=_MOVES, delivered=st.booleans())
def test_whatever_happens_the_chat_keeps_its_word(
    library: Library, moves: list[tuple[int, int, int]], *, delivered: bool
) -> None:
    house = House(library)
    stopped = False
    for kind, number, after in moves:
        house.now += timedelta(seconds=_PAUSES[after])
        before = house.chat
        happening = _KINDS[kind](house, number)

        events = house.take(happening, delivered=delivered)

        _check_words_are_kept(before, happening, events)
        _check_chat(house.chat)
        for event in events:
            stopped = (stopped or isinstance(event, Stopped)) and not isinstance(event, Resumed)
            if isinstance(event, Said):
                assert not house.chat.blocked
                _check_said(event, stopped=stopped)


def _check_chat(chat: Chat) -> None:
    assert chat_from_json(to_json(chat)) == chat
    state = chat.conversation
    if chat.case is not None and not chat.case.resolved:
        assert state is None or state.visit is None
    if chat.blocked:
        assert not chat.timers
    assert {timer.name for timer in chat.timers} <= {
        *("remind", "timeout", "expire", "wait", "later", "aside", "check", "resume"),
    }
    asked = (state.visit if state else None, chat.aside.visit if chat.aside else None)
    assert not set(asked) & {closed.visit for closed in chat.closed}
    if state is not None and state.visit is None and not chat.blocked and not chat.shelved:
        waits = {timer.name for timer in chat.timers} & {"wait", "later", "aside", "resume"}
        assert waits or chat.case is not None, "Nothing would ever move this conversation on."


def _check_said(said: Said, *, stopped: bool) -> None:
    assert 0 < _units(said.text) <= 4096
    assert "\ue000" not in said.text
    assert "{{" not in said.text.replace("{{ shop.name }}", "")
    if stopped:
        assert said.purpose in (Purpose.ANSWER, Purpose.CASE)


def _check_words_are_kept(before: Chat, happening: Happening, events: tuple[Event, ...]) -> None:
    """While people have it, every word goes to them."""
    if not isinstance(happening, Reply) or happening.edited or not happening.text.strip():
        return
    case = before.case
    if case is None or case.resolved or before.aside is not None or before.open_words is not None:
        return
    if happening.text in ("stop", "human"):
        return
    kept = [e for e in events if isinstance(e, (CaseWritten, ReplyNotUnderstood))]
    assert any(event.words == happening.text for event in kept)


def test_a_chat_survives_its_way_through_text(library: Library) -> None:
    chat = replace(Chat(), queued=(3, 4), stopped=True, let_answer=False, newest_key="7:1")

    assert chat_from_json(to_json(chat)) == chat
    assert to_json(Chat()) == "{}"


def test_half_an_emoji_in_what_was_said_survives_as_well() -> None:
    said = Spoken(message_key="7:2", visit=1, step="reason", text="The sole \ud83d came off")
    chat = replace(Chat(), spoken=(said,))

    assert chat_from_json(to_json(chat)) == chat


def test_a_text_that_is_no_chat_is_refused() -> None:
    with pytest.raises(ValidationError):
        chat_from_json('{"queued": "three"}')

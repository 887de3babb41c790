"""Plays one test to its first failure, or to its end where what the bot says is to be written anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, assert_never

from feedbackbot.engine.chat import Passed
from feedbackbot.engine.rehearsing.acting import Stage
from feedbackbot.engine.rehearsing.expecting import (
    Spoken,
    complaint,
    even,
    fits,
    in_words,
    row_of,
)
from feedbackbot.engine.rehearsing.looking import (
    Otherwise,
    compare_buttons,
    compare_card,
    compare_notice,
)
from feedbackbot.engine.rehearsing.posts import as_text
from feedbackbot.engine.rehearsing.turns import (
    AnyMessages,
    Bot,
    Card,
    Ended,
    Expected,
    MarketingActed,
    Noticed,
    Opened,
    Saved,
    ScriptTest,
    Sent,
    Slack,
    StaffActed,
    Tapped,
    Turn,
    Visible,
    Waited,
)
from feedbackbot.engine.script import Library, Place
from feedbackbot.errors import FeedbackbotError

_ACTS: Final = (Tapped, Sent, Opened, Waited, StaffActed, MarketingActed)
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What went otherwise than written; `expected` and `said` where two texts can be laid side by side."""

    place: Place
    message: str
    expected: str | None = None
    said: str | None = None
    #: word by word
    compares: bool = False
    so_far: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Beat:
    """What the bot says between two acts: as the test has it, and as it was; `at` is where the act before stands."""

    at: int
    expected: list[int] = field(default_factory=list)
    said: list[Spoken] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    test: ScriptTest
    failure: Failure | None
    beats: tuple[Beat, ...]
    trail: frozenset[Passed]


def rehearse(library: Library, test: ScriptTest, *, to_the_end: bool = False) -> Rehearsed:
    """`to_the_end` goes on after wrong words, and stops only where something can't be done."""
    rehearsal = _Rehearsal(library, test, to_the_end=to_the_end)
    rehearsal.run()
    return Rehearsed(
        test=test,
        failure=rehearsal.failure,
        beats=tuple(rehearsal.beats),
        trail=frozenset(rehearsal.stage.player.trail),
    )


class _Stop(Exception):
    """The test has failed; its failure is known."""


class _Rehearsal:
    def __init__(self, library: Library, test: ScriptTest, *, to_the_end: bool) -> None:
        self.test = test
        self.stage = Stage(library, test)
        self.failure: Failure | None = None
        self.beats: list[Beat] = [Beat(at=-1)]
        self._to_the_end = to_the_end
        #: messages may be passed over until one fits
        self._skips = False

    def run(self) -> None:
        try:
            self._perform(self.test.place, lambda: self.stage.begin(self.test.given))
            for number, turn in enumerate(self.test.turns):
                self._take(number, turn)
            self._look_at_rest(self.test.turns[-1].place)
        except _Stop:
            return

    def _take(self, number: int, turn: Turn) -> None:
        if isinstance(turn, _ACTS):
            self._look_at_rest(turn.place)
            self.beats.append(Beat(at=number))
            self._perform(turn.place, lambda: self.stage.act(turn))
            return
        if isinstance(turn, (Bot, AnyMessages)):
            self.beats[-1].expected.append(number)
        self._expect(turn)

    def _expect(self, turn: Expected) -> None:
        match turn:
            case Bot():
                self._expect_bot(turn)
            case AnyMessages():
                self._skips = True
            case Slack():
                self._expect_slack(turn)
            case Saved():
                self._expect_saved(turn)
            case Ended():
                self._expect_end(turn)
            case Noticed():
                self._look(turn, compare_notice(turn.kind, turn.parts, self.stage.notices))
            case Visible():
                self._look(turn, compare_buttons(turn, self.stage.player))
            case Card():
                self._look(turn, compare_card(turn, self.stage.player))
            case _:
                assert_never(turn)

    def _perform(self, place: Place, act: Callable[[], None]) -> None:
        try:
            act()
        except FeedbackbotError as error:
            self._to_the_end = False
            self._fail(place, str(error))
        self.beats[-1].said.extend(self.stage.said)

    def _expect_bot(self, turn: Bot) -> None:
        said = self.stage.said
        while self._skips and said and not fits(turn, said[0]):
            if len(said) == 1:
                message = "None of the messages that “any” passes over is the one expected."
                self._fail(turn.place, message, expected=in_words(turn), said=said[0].text)
            said.pop(0)
        self._skips = False
        if not said:
            self._fail(turn.place, "The bot said nothing more here.", expected=in_words(turn))
            return
        spoken = said.pop(0)
        wrong = complaint(turn, spoken)
        if wrong is not None:
            self._fail(
                turn.place,
                wrong,
                expected=in_words(turn),
                said=_shown(turn, spoken),
                compares=turn.text is not None,
            )

    def _expect_slack(self, turn: Slack) -> None:
        """What stands before the post that fits is passed over."""
        posts = self.stage.posts
        for number, post in enumerate(posts):
            in_channel = turn.channel in (None, post.channel)
            if in_channel and all(even(part) in even(post.text) for part in turn.contains):
                del posts[: number + 1]
                return
        came = "; ".join(f"#{post.channel} {even(post.text)}" for post in posts)
        wanted = f"#{turn.channel} " if turn.channel else ""
        self._fail(
            turn.place,
            "This did not come to Slack." if posts else "Nothing came to Slack here.",
            expected=wanted + ", ".join(f"… {part} …" for part in turn.contains),
            said=came or None,
        )

    def _expect_saved(self, turn: Saved) -> None:
        for name, value in turn.values.items():
            known = as_text(self.stage.player.names.get(name))
            if known != value:
                message = f"“{name}” is {_or_none(known)}, not {_or_none(value)}."
                self._fail(turn.place, message)

    def _look(self, turn: Noticed | Visible | Card, wrong: Otherwise | None) -> None:
        if wrong is not None:
            self._fail(turn.place, wrong.message, expected=wrong.expected, said=wrong.seen)

    def _expect_end(self, turn: Ended) -> None:
        if self.stage.ends:
            outcome = self.stage.ends.pop(0)
            if outcome != turn.outcome:
                message = f"The conversation has ended as “{outcome}”, not as “{turn.outcome}”."
                self._fail(turn.place, message)
            return
        state = self.stage.player.chat.conversation
        where = f" It stands at the step “{state.step}”." if state else ""
        self._fail(turn.place, f"The conversation has not ended here.{where}")

    def _look_at_rest(self, place: Place) -> None:
        """Every message of the bot must have been listed before something else happens."""
        left = [] if self._skips else self.stage.said
        if left:
            rest = " / ".join(even(spoken.text) for spoken in left)
            self._fail(place, "The bot has said more than the test lists before this.", said=rest)
        self._skips = False
        self.stage.said.clear()

    def _fail(
        self,
        place: Place,
        message: str,
        *,
        expected: str | None = None,
        said: str | None = None,
        compares: bool = False,
    ) -> None:
        """The first failure is the one that is shown."""
        if self.failure is None:
            self.failure = Failure(
                place=place,
                message=message,
                expected=expected,
                said=said,
                compares=compares,
                so_far=tuple(self.stage.story[-_SHOWN:]),
            )
        if not self._to_the_end:
            raise _Stop


def _shown(turn: Bot, spoken: Spoken) -> str:
    """Without the line that names a person, where the test has left it out too."""
    text = spoken.text
    if spoken.words is not None and turn.text is not None:
        text = min(text, spoken.words, key=lambda one: abs(len(one) - len(turn.text or "")))
    return text if turn.buttons is None else f"{text}, {row_of(spoken.buttons)}"


def _or_none(value: str | None) -> str:
    return "none" if value is None else f"“{value}”"

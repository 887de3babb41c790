"""Random scripts and random replies: what `check` accepts never raises, always ends and can always be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from feedbackbot.engine.events import (
    ButtonsChanged,
    ComplaintRaised,
    ConversationExpired,
    ConversationFinished,
    Event,
    Said,
    TestimonialDeclined,
    TestimonialOffered,
)
from feedbackbot.engine.happenings import Command, ReplyKind
from feedbackbot.engine.playing import backstage
from feedbackbot.engine.reading.loader import packaged_folder, read_library
from feedbackbot.engine.reading.problems import errors_in
from feedbackbot.engine.script import Library
from feedbackbot.engine.talking.posing import CHANGE
from talked import Talked

T = TypeVar("T")
#: what each name of a random script may hold, and conditions that look at it
NAMES = {
    "stars": ("rating", ("stars <= 2", "stars == 3", "stars >= 4", "stars in [1, 5]")),
    "nps": ("nps", ("nps < 7", "nps == 0", "not nps", "nps > 8")),
    "gap": ("gap", ("gap == -2", "gap > 0", "-gap > 0")),
    "pick": ("choice", ("pick == 'a'", "pick in ['b', 'c']", "pick != 'c'")),
    "many": ("choices", ("'a' in many", "many | length > 1", "many")),
    "sure": ("yesno", ("sure == 'yes'", "sure")),
    "words": (
        "text",
        ("words", "words == 'no'", "words | length > 5", "'x' in words", "words > 3"),
    ),
    "count": ("number", ("count > 3", "'a' in count", "count == 0", "count | round >= 2")),
    "mail": ("email", ("mail", "'@' in mail")),
    "level": ("set", ("level == 'high'", "level", "level in ['low', 'high']")),
    "switch": ("set", ("switch", "not switch")),
}
FACTS = ("purchase.gift", "purchase.total > 100", "customer.first_name", "'vip' in customer.tags")
SETS = (
    "{level: \"{{ 'high' if stars and stars > 3 else 'low' }}\"}",
    "{switch: true}",
    "{level: \"{{ pick or words or '' }}\"}",
    "{switch: false, level: null}",
    '{level: "{{ nps or 0 }}", tags: [vip]}',
)
TEXTS = (
    "Hello {{ customer.first_name or 'you' }}.",
    "{{ NAME or 'nothing' }}",
    "{{ NAME | default('none yet') | shorten(40) }} {{ purchase.title }}",
    "{% if NAME %}You said {{ NAME | shorten(80) }}.{% else %}You said nothing.{% endif %}",
    "{{ purchase.total | money }} on {{ purchase.delivered_at | day }}",
    "{{ 'dear' if NAME is not none and purchase.gift else 'good' }} friend",
    "{{ escalation.cause or 'no cause' }} {{ inner.why or '' }}",
)
UNGUARDED = (
    "{{ NAME | money }}",
    "{{ NAME or 'x' | upper | round }}",
    "{{ NAME }}",
    "{{ escalation.outcome }}",
    "{{ 'a' if NAME == 3 else NAME }}",
)
NEVER = "  - {if: stars <= 2, never: testimonial}\n"
MUST = "  - {if: stars <= 2, must: escalate}\n"
CHOICES = '{a: "Apples", b: "Bananas", c: "Cherries"}'
NUMBER = st.integers(0, 10_000)
KINDS = ("ask",) * 6 + ("say", "branch", "set", "wait", "escalate", "tell", "quote", "call", "gift")


@dataclass
class Writer:
    """Writes one script; every decision is drawn."""

    draw: st.DrawFn
    name: str
    size: int
    #: names that an earlier step may have filled
    known: list[str] = field(default_factory=list)

    def script(self) -> str:
        hears = self.name == "visit" and self._chance(3)
        steps = "\n".join(
            self._heard() if hears and not index else self._step(index)
            for index in range(self.size)
        )
        most = self._one((None, None, 3, 6))
        limit = f"max_questions: {most}\n" if most else ""
        promise = MUST if hears else self._one(("", NEVER))
        promise = f"promises:\n{promise}" if promise and "stars" in self.known else ""
        expire = self._one(("60d", "60d", "4d"))
        return (
            f"script: {self.name}\nspec: 1\nstart: {{on: manual}}\nexpire: {expire}\n{limit}{promise}"
            f"timeout: {{after: 1d, goto: quiet}}\nsteps:\n{steps}\n"
            '  - {id: bye, end: done, say: "Bye."}\n  - {id: quiet, end: no_answer}\n'
        )

    def _heard(self) -> str:
        """A beginning after which everybody who is unhappy is heard by people."""
        self.known.append("stars")
        onward = self._following(0)
        return (
            '  - {id: s0, ask: "How was it?", type: rating, save: stars, '
            f"next: [{{if: stars <= 2, goto: low}}, {{else: {onward}}}]}}\n"
            '  - {id: low, ask: "Why?", type: yesno, timeout: {after: 3h, goto: heard}, next: heard}\n'
            f'  - {{id: heard, escalate: {{to: support, summary: "x"}}, next: {onward}}}'
        )

    def _step(self, index: int) -> str:
        kind = self._one(KINDS) if index else "ask"
        if self.name == "inner" and kind == "call":
            kind = "ask"
        body = getattr(self, f"_{kind}")(index)
        return f"  - id: s{index}\n    {body}"

    def _ask(self, index: int) -> str:
        asked = [name for name, (kind, _) in NAMES.items() if kind != "set"]
        name = "why" if self.name == "inner" else self._one(asked)
        kind = "text" if name == "why" else NAMES[name][0]
        lines = [f'ask: "{self._text()}"', f"type: {kind}", f"save: {name}"]
        if kind in ("choice", "choices"):
            lines.append(f"choices: {CHOICES}")
        if self._chance(3):
            lines.append("optional: true")
        if self._chance(4):
            lines.append(f'retry: {{times: 1, say: "Again?", then: {self._target(index)}}}')
        if self._chance(4):
            lines.append('remind: {after: 2h, times: 1, say: "Still there?"}')
        if self._chance(4):
            lines.append(f"timeout: {{after: 3h, goto: {self._target(index)}}}")
        if kind == "text" and self._chance(4):
            lines.append("accept: [text, photo, voice]")
        self.known.append(name)
        return "\n    ".join([*lines, self._next(index, name)])

    def _say(self, index: int) -> str:
        return f'say: "{self._text()}"\n    {self._next(index)}'

    def _branch(self, index: int) -> str:
        return f"branch: {self._list(index, None)}"

    def _set(self, index: int) -> str:
        chosen = self._one([text for text in SETS if self._all_known(text)])
        self.known += [name for name in ("level", "switch") if f"{name}:" in chosen]
        return f"set: {chosen}\n    {self._next(index)}"

    def _wait(self, index: int) -> str:
        until = self._one(("2d", "0s", '{until: "10:00"}', "{until: escalation.check_on}"))
        return f"wait: {until}\n    {self._next(index)}"

    def _escalate(self, index: int) -> str:
        return (
            f'escalate: {{to: support, summary: "{self._text()}", say: "One moment.", '
            f'claimed: "{{{{ staff.first_name }}}} is here.", '
            f'nobody: {{after: 2h, say: "{self._text()}"}}}}\n    {self._next(index)}'
        )

    def _tell(self, index: int) -> str:
        return f'tell: {{to: ideas, text: "{self._text()}"}}\n    {self._next(index)}'

    def _quote(self, index: int) -> str:
        reuse = "reuse: words, " if "words" in self.known else ""
        return (
            f'testimonial: {{{reuse}ask: "May we quote you?", accept: [text, photo, voice]}}'
            f"\n    {self._next(index)}"
        )

    def _call(self, index: int) -> str:
        return f"call: inner\n    {self._next(index)}"

    def _gift(self, index: int) -> str:
        return f'review_link: {{url: "https://example.com/r", say: "Tell others."}}\n    {self._next(index)}'

    def _next(self, index: int, name: str | None = None) -> str:
        if self._chance(2):
            return f"next: {self._list(index, name)}"
        return f"next: {self._following(index)}"

    def _list(self, index: int, name: str | None) -> str:
        lines = [
            f'      - {{if: "{self._condition(name)}", goto: {self._target(index)}}}'
            for _ in range(self._one((1, 1, 2)))
        ]
        return "\n".join(["", *lines, f"      - {{else: {self._following(index)}}}"])

    def _condition(self, name: str | None) -> str:
        if self._chance(4) or not self.known:
            return self._one(FACTS)
        asked = name if name in NAMES and not self._chance(3) else self._one(self.known)
        condition = "why" if asked == "why" else self._one(NAMES[asked][1])
        if asked != name:
            guarded = f"{asked} is not none and {condition}"
            condition = self._one((guarded, guarded, guarded, guarded, condition))
        return self._one(
            (condition, condition, f"not ({condition})", f"{condition} or purchase.gift")
        )

    def _text(self) -> str:
        if not self.known:
            return self._one([text for text in TEXTS if "NAME" not in text and "inner" not in text])
        text = self._one([*TEXTS * 3, *UNGUARDED]).replace("NAME", self._one(self.known))
        return text.replace(" {{ inner.why or '' }}", "") if self.name == "inner" else text

    def _all_known(self, text: str) -> bool:
        return all(name in self.known for name in ("stars", "pick", "words", "nps") if name in text)

    def _target(self, index: int) -> str:
        """Forwards, now and then back."""
        if self._chance(40):
            return f"s{self.draw(NUMBER) % self.size}"
        later = [f"s{number}" for number in range(index + 1, min(index + 4, self.size))]
        return self._one([*later, "bye", "quiet"])

    def _following(self, index: int) -> str:
        return f"s{index + 1}" if index + 1 < self.size else "bye"

    def _chance(self, one_in: int) -> bool:
        return self.draw(NUMBER) % one_in == one_in - 1

    def _one(self, options: Sequence[T]) -> T:
        return options[self.draw(NUMBER) % len(options)]


@st.composite
def _scripts(draw: st.DrawFn) -> dict[str, str]:
    visit = Writer(draw, "visit", draw(st.integers(1, 9))).script()
    inner = Writer(draw, "inner", draw(st.integers(1, 3))).script()
    if "call: inner" not in visit:
        visit = visit.replace(" {{ inner.why or '' }}", "")
    return {"x/visit.yaml": visit, "x/inner.yaml": inner}


def _with_rest(scripts: dict[str, str]) -> dict[str, str]:
    packaged = packaged_folder()
    common = (packaged / "_common.yaml").read_text(encoding="utf-8")
    shop = (packaged / "_shop.yaml").read_text(encoding="utf-8")
    return {"packaged/_common.yaml": common, "x/_shop.yaml": shop, **scripts}


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(sources=_scripts(), moves=st.lists(NUMBER, max_size=25))
def test_what_is_accepted_can_be_talked(sources: dict[str, str], moves: list[int]) -> None:
    reading = read_library(_with_rest(sources))
    errors = errors_in(reading.problems)
    event("refused" if errors else "accepted")
    for problem in errors:
        event(problem.code)
    if errors:
        return
    _talk(reading.library, moves, sources["x/visit.yaml"])


def _talk(library: Library, moves: list[int], source: str) -> None:
    talked = Talked(library, "visit")
    story: list[Event] = []
    talked.open()
    for number in moves:
        story += _look(talked, story, source)
        talked.events = []
        _move(talked, number)
    story += _look(talked, story, source)
    talked.events = []
    _let_end(talked)
    story += _look(talked, story, source)
    assert talked.player.chat.conversation is None, source
    if "must: escalate" in source:
        _check_heard(talked, story, source)


def _move(talked: Talked, number: int) -> None:
    player = talked.player
    buttons = [
        (visit, button.choice)
        for visit, rows in player.keyboards.items()
        for row in rows
        for button in row
        if not button.url
    ]
    kind, rest = number % 10, number // 10
    case = player.open_case()
    changes = [button for button in buttons if button[1] == CHANGE]
    if kind == 0 and changes:
        talked.press(*changes[-1])
    elif kind <= 4 and buttons:
        talked.press(*buttons[-1 - rest % len(buttons)])
    elif kind <= 6:
        talked.write(("no", "3", "x words", "yes", "ada@example.com", "b", "😀" * 2000)[rest % 7])
    elif kind == 7:
        talked.send((ReplyKind.VOICE, ReplyKind.PHOTO, ReplyKind.STICKER)[rest % 3])
    elif kind == 8 and case is not None and not case.resolved:
        (backstage.claim, backstage.resolve)[rest % 2](player, case, "Rita Hale")
    elif kind == 8:
        talked.write("speak to a person")
    elif rest % 5 == 0:
        talked.do(Command(name="human", message_key=f"9:{number}"))
    else:
        player.advance(timedelta(hours=(1, 5, 30, 80)[rest % 4]))


def _let_end(talked: Talked) -> None:
    """Everybody but staff has fallen silent."""
    player = talked.player
    for _ in range(40):
        case = player.open_case()
        if case is not None and not case.resolved:
            backstage.resolve(player, case, "Rita Hale")
        player.advance(timedelta(days=3))


def _look(talked: Talked, story: list[Event], source: str) -> list[Event]:
    """What came of one move, looked at."""
    for happened in talked.events:
        if isinstance(happened, Said):
            assert 0 < len(happened.text.encode("utf-16-le")) // 2 <= 4096, source
        if isinstance(happened, (Said, ButtonsChanged)):
            for row in happened.buttons:
                assert 1 <= len(row) <= 8, source
                assert all(len(f"999999:{b.choice}".encode()) <= 64 for b in row), source
                assert all(b.label.strip() for b in row), source
        if isinstance(happened, TestimonialOffered):
            _check_offer(talked, story, source)
    return talked.events


def _check_heard(talked: Talked, story: list[Event], source: str) -> None:
    """Who was unhappy to the end has been heard by people, and not only because they had called for some."""
    stars = talked.player.names.get("stars")
    raised = {happened.origin for happened in story if isinstance(happened, ComplaintRaised)}
    ended = any(isinstance(it, (ConversationFinished, ConversationExpired)) for it in story)
    if ended and isinstance(stars, int) and stars <= 2:
        event("heard")
        assert raised & {"script", "reopened"}, source


def _check_offer(talked: Talked, story: list[Event], source: str) -> None:
    state = talked.player.chat.conversation
    stars = state.names.get("stars") if state else None
    if "never: testimonial" in source and isinstance(stars, int):
        assert stars > 2, source
    assert not any(isinstance(happened, TestimonialDeclined) for happened in story), source
    case = talked.player.chat.case
    assert case is None or (case.resolved and not case.denied), source

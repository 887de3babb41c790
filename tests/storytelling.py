"""Reads and plays golden stories: conversations as text that a marketing person can review.

A story's own moves are kept as they are; what the bot says (`bot>`) and records (`--`) is written by playing it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from feedbackbot.engine.chat import CustomerFacts, PurchaseFacts
from feedbackbot.engine.events import Said
from feedbackbot.engine.happenings import (
    Attachment,
    Blocked,
    Command,
    LinkOpened,
    LinkState,
    MediaTrouble,
    QuestionDue,
    Reply,
    ReplyKind,
    Tap,
    TooMuch,
    Unblocked,
    WasAway,
)
from feedbackbot.engine.playing import Heard, Player, backstage, day_of_asking
from feedbackbot.engine.playing.sidenotes import side_note
from feedbackbot.engine.script import Library
from feedbackbot.engine.times.durations import find_duration

_MOVE = re.compile(r"^(?P<who>[A-Z]\w*)(?P<at_once>\+?)> (?P<what>.+)$")
_ACT = re.compile(r"^(?P<who>[A-Z]\w*|the bot|the day) (?P<what>.+)$")
_TAP = re.compile(r"^\[(?P<label>.+?)\](?: at question (?P<visit>\d+))?$")
_MEDIA = re.compile(
    r"^\((?P<kind>photo|voice|video|sticker|document|poll)(?P<rest>[^)]*)\) ?(?P<text>.*)$"
)
_EDIT = re.compile(r'^\(corrects "(?P<before>.+?)"\) (?P<text>.+)$')


@dataclass(slots=True, kw_only=True)
class Telling:
    """One story while it is played."""

    player: Player
    customer: str
    script: str = "after_purchase"
    lines: list[str] = field(default_factory=list)
    #: text -> the message's key, for corrections
    sent: dict[str, str] = field(default_factory=dict)
    messages: int = 0
    pictures: int = 0
    purchases: list[int] = field(default_factory=list)
    clock: datetime | None = None
    #: every button that was ever seen: (question, label) -> choice
    seen: dict[tuple[int, str], str] = field(default_factory=dict)

    def heard(self, heard: Heard) -> None:
        self._mention_time(heard.at)
        for visit, rows in self.player.keyboards.items():
            self.seen |= {(visit, b.label): b.choice for row in rows for b in row}
        if isinstance(heard.event, Said):
            self._bot(heard.event)
        elif (note := side_note(heard.event)) is not None:
            self.lines.append(f"-- {note}")

    def _mention_time(self, at: datetime) -> None:
        if self.clock is not None and at - self.clock > timedelta(minutes=1):
            self.lines.append(f"   ({at:%A %d %B, %H:%M})")
        self.clock = at

    def _bot(self, said: Said) -> None:
        first, *rest = said.text.split("\n")
        self.lines.append(f"bot> {first}")
        self.lines += [f"   | {line}".rstrip() for line in rest]
        self.lines += [
            "   | " + " ".join(f"[{button.label}]" for button in row) for row in said.buttons
        ]
        if said.media_id is not None:
            self.lines.append(f"   | (with the customer's file {said.media_id})")


def tell(story: str, library: Library) -> str:
    """The story as it goes today."""
    moves = list(_moves(story))
    telling = _begin(moves, library)
    for line in moves:
        if line.startswith(("#", "given:")):
            telling.lines.append(line)
            continue
        _let_leave(telling, line)
        telling.lines += ["", line]
        _play(telling, line)
    telling.player.flush()
    return "\n".join(telling.lines) + "\n"


def _moves(story: str) -> Iterator[str]:
    for line in story.splitlines():
        if line.strip() and not line.startswith(("bot>", "--", " ")):
            yield line.rstrip()


def _let_leave(telling: Telling, line: str) -> None:
    """Before the next move, except words that come at once, what was held back has left."""
    match = _MOVE.match(line)
    if match is None or not match["at_once"]:
        telling.player.flush()


def _begin(moves: list[str], library: Library) -> Telling:
    given = {"customer": "Ada Lovelace", "item": "Trail shoes", "delivered": "yes", "pause": "3"}
    given |= {"now": "2026-11-24 10:00", "script": "after_purchase", "purchases": "1", "code": ""}
    for line in moves:
        if line.startswith("given:"):
            pairs = (pair.partition("=") for pair in line.removeprefix("given:").split(";"))
            given |= {key.strip(): value.strip() for key, _, value in pairs}
    first, _, last = given["customer"].partition(" ")
    now = datetime.strptime(given["now"], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    heard: list[Callable[[Heard], None]] = []
    player = Player(
        library,
        customer=CustomerFacts(
            first_name=first,
            last_name=last or None,
            purchases=int(given["purchases"]),
            language=given.get("language"),
        ),
        now=now,
        listener=lambda one: heard[0](one),  # noqa: PLW0108 - the telling comes after its player
        text_pause=float(given["pause"]),
    )
    telling = Telling(player=player, customer=first, clock=now, script=given["script"])
    pool, _, code = given["code"].partition(":")
    player.codes = {pool: [code]} if code else {}
    heard.append(telling.heard)
    delivered = now - timedelta(days=3) if given["delivered"] == "yes" else None
    _offer(telling, given["item"], delivered)
    return telling


def _offer(telling: Telling, item: str, delivered_at: datetime | None) -> int:
    player = telling.player
    purchase = PurchaseFacts(
        number=f"#{1001 + len(telling.purchases)}",
        items=tuple(part.strip() for part in item.split("+")),
        placed_at=player.now - timedelta(days=14),
        delivered_at=delivered_at,
    )
    script = player.library.scripts[telling.script]
    by_hand = script.start.trigger.on == "manual"
    due_at = player.now if by_hand else day_of_asking(script, purchase)
    number = player.offer(purchase, script, due_at)
    telling.purchases.append(number)
    return number


def _play(telling: Telling, line: str) -> None:
    if line.startswith("~~"):
        amount = find_duration(line.removeprefix("~~").removesuffix("later").strip())
        assert amount is not None, line
        telling.player.advance(amount)
        telling.clock = telling.player.now
    elif match := _MOVE.match(line):
        who, what = match["who"], match["what"]
        if who == telling.customer:
            _customer(telling, what)
        elif who == "Marketing":
            _marketing(telling, what)
        else:
            _staff(telling, who, what)
    elif match := _ACT.match(line):
        _act(telling, match["what"])
    else:
        raise AssertionError(f"This line of a story is not understood: {line}")


def _key(telling: Telling) -> str:
    telling.messages += 1
    return f"7:{telling.messages}"


def _customer(telling: Telling, what: str) -> None:
    player = telling.player
    if match := _TAP.match(what):
        _tap(telling, match["label"], match["visit"])
    elif what.startswith("/"):
        player.do(Command(name=what[1:], message_key=_key(telling)))
    elif match := _EDIT.match(what):
        key = telling.sent[match["before"]]
        kind = ReplyKind.TEXT
        player.do(Reply(kind=kind, text=match["text"], message_key=key, edited=True))
    elif match := _MEDIA.match(what):
        _send_media(telling, match["kind"], match["rest"], match["text"])
    else:
        key = telling.sent[what] = _key(telling)
        player.do(Reply(kind=ReplyKind.TEXT, text=what, message_key=key))


def _tap(telling: Telling, label: str, visit: str | None) -> None:
    """On the newest message that bears such a button, or on one from before."""
    key = _key(telling)
    keyboards = telling.player.keyboards
    if visit is not None:
        choice = _choice(telling, label, int(visit))
        telling.player.do(Tap(visit=int(visit), choice=choice, message_key=key))
        return
    for number in sorted(keyboards, reverse=True):
        for button in (button for row in keyboards[number] for button in row):
            if button.label == label:
                telling.player.do(Tap(visit=number, choice=button.choice, message_key=key))
                return
    raise AssertionError("\n".join((*telling.lines[-12:], f"There is no button [{label}].")))


def _choice(telling: Telling, label: str, visit: int) -> str:
    return telling.seen.get((visit, label), label.split(maxsplit=1)[0])


def _send_media(telling: Telling, kind: str, rest: str, text: str) -> None:
    telling.pictures += 1
    trouble = MediaTrouble.TOO_LARGE if "too large" in rest else None
    trouble = MediaTrouble.TOO_LONG if "too long" in rest else trouble
    album = re.search(r"of album (\w+)", rest)
    is_file = kind not in ("sticker", "poll")
    kinds = {"poll": ReplyKind.OTHER}
    reply_kind = kinds[kind] if kind in kinds else ReplyKind(kind)
    attachment = Attachment(media_id=telling.pictures, kind=reply_kind, trouble=trouble)
    telling.player.do(
        Reply(
            kind=reply_kind,
            text=text,
            attachments=(attachment,) if is_file else (),
            message_key=_key(telling),
            album=album[1] if album else None,
        )
    )


def _staff(telling: Telling, who: str, what: str) -> None:
    player = telling.player
    case = player.open_case()
    assert case is not None, "Nothing has been escalated."
    if what == "/claim":
        backstage.claim(player, case, who)
    elif what == "/release":
        backstage.release(player, case)
    elif what == "/typing":
        backstage.open_reply_form(player, case)
    elif what == "/reopen":
        backstage.reopen(player, case, who)
    elif what.startswith("/resolve"):
        options = dict(part.split("=") for part in what.split()[1:])
        check = find_duration(options.pop("check", "2d"))
        assert check is not None
        backstage.resolve(player, case, who, check=check, **options)
    else:
        backstage.answer(player, case, who, text=what)


def _marketing(telling: Telling, what: str) -> None:
    player = telling.player
    number = max(player.consents)
    if what.startswith("/edit "):
        backstage.suggest(player, number, what.removeprefix("/edit "))
    else:
        backstage.publish(player, number)


def _act(telling: Telling, what: str) -> None:
    player = telling.player
    key = _key(telling)
    if what == "comes":
        offer = player.offers[1]
        assert offer.due_at is not None
        player.advance(max(timedelta(0), offer.due_at - player.now))
        telling.clock = player.now
        player.do(QuestionDue(invitation_id=1, script=offer.script), about=1)
    elif what == "was away":
        player.do(WasAway())
    elif what == "sends too much at once":
        player.do(TooMuch())
    elif what == "blocks the bot":
        player.do(Blocked())
    elif what == "unblocks the bot":
        player.do(Unblocked())
    elif what.startswith("opens"):
        _open(telling, what, key)
    else:
        raise AssertionError(f"This act is not known: {what}")


def _open(telling: Telling, what: str, key: str) -> None:
    player = telling.player
    states = {"somebody's": LinkState.TAKEN, "an old": LinkState.EXPIRED}
    for words, state in states.items():
        if words in what:
            player.do(LinkOpened(state=state, message_key=key))
            return
    number = 1
    if "second" in what:
        number = _offer(telling, "Rain jacket", player.now - timedelta(days=3))
    elif "early" in what:
        number = 1
        offer = player.offers[1]
        delivered = None if "unknown" in what else player.now
        offer.due_at = player.now + timedelta(days=3) if delivered else None
    offer = player.offers[number]
    conversation = player.chat.conversation
    running = conversation is not None and conversation.invitation_id == number
    player.do(
        LinkOpened(
            state=LinkState.RUNNING if running else LinkState.NEW,
            message_key=key,
            invitation_id=number,
            script=offer.script,
            due_at=offer.due_at,
        ),
        about=number,
    )

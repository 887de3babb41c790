"""Does what a test says the customer, staff and marketing do, and keeps what came of it."""

from __future__ import annotations

from typing import Final, assert_never

from feedbackbot.engine.chat import PurchaseFacts
from feedbackbot.engine.events import Said
from feedbackbot.engine.happenings import (
    Attachment,
    Reply,
    ReplyKind,
    Tap,
)
from feedbackbot.engine.playing import Heard, PlayedCase, Player, backstage, beginnings
from feedbackbot.engine.playing.buttons import find_button, labels_of
from feedbackbot.engine.playing.props import STAFF, Beginning, Given, some_codes
from feedbackbot.engine.rehearsing.expecting import Spoken, row_of
from feedbackbot.engine.rehearsing.looking import notice_of
from feedbackbot.engine.rehearsing.posts import Post, end_of, post_of
from feedbackbot.engine.rehearsing.turns import (
    Act,
    MarketingActed,
    Notice,
    Opened,
    ScriptTest,
    Sent,
    StaffActed,
    Tapped,
    Waited,
)
from feedbackbot.engine.script import Library
from feedbackbot.engine.talking.saying import Rows
from feedbackbot.errors import FeedbackbotError

_WITHOUT_FILE: Final = (ReplyKind.TEXT, ReplyKind.STICKER, ReplyKind.CONTACT)


class CannotAct(FeedbackbotError):
    """What a test says can't be done where the conversation stands."""


class Stage:
    """One rehearsed conversation: a player, and everything that was heard of it and not yet looked at."""

    def __init__(self, library: Library, test: ScriptTest) -> None:
        given = test.given
        self.script = library.scripts[test.script]
        self._given = given
        self.player = Player(library, customer=given.customer, now=given.now, listener=self._hear)
        own_codes = {pool: list(codes) for pool, codes in given.codes.items()}
        self.player.codes = some_codes(library) | own_codes
        self.said: list[Spoken] = []
        self.posts: list[Post] = []
        self.ends: list[str] = []
        self.notices: list[tuple[Notice, str]] = []
        #: what happened so far, a line each
        self.story: list[str] = []
        self._replies: dict[int, str] = {}
        self._seen: dict[int, Rows] = {}
        self._messages = 0

    def begin(self, given: Given) -> None:
        self.story.append(self._beginning(given.begin))
        key = self._key()
        beginnings.begin(self.player, self.script, given.purchase, given.begin, message_key=key)
        self._settle()

    def act(self, turn: Act) -> None:
        match turn:
            case Tapped():
                self._tap(turn)
            case Sent():
                self._send(turn)
            case Waited():
                self.story.append(f"~~ {turn.words} later")
                self.player.advance(turn.amount)
            case Opened():
                self.story.append(
                    f"{self._name} opens {'another' if turn.purchase else 'the'} link"
                )
                self._open(turn.purchase)
            case StaffActed():
                self._staff(turn)
            case MarketingActed():
                self._marketing(turn)
            case _:
                assert_never(turn)
        self._settle()

    def _settle(self) -> None:
        """What was held back for a moment leaves before anybody does anything else."""
        self.player.settle()
        for visit, rows in self.player.keyboards.items():
            before = self._seen.get(visit, ())
            self._seen[visit] = (*before, *(row for row in rows if row not in before))

    def _tap(self, turn: Tapped) -> None:
        found = find_button(self._seen if turn.old else self.player.keyboards, turn.label)
        if found is None:
            newest = max(self.player.keyboards, default=0)
            seen = row_of(labels_of(self.player.keyboards.get(newest, ())))
            raise CannotAct(f"There is no button “{turn.label}”. To be seen: {seen or 'none'}.")
        visit, button = found
        self.story.append(f"{self._name}> [{button.label}]")
        if not button.url:
            self.player.do(Tap(visit=visit, choice=button.choice, message_key=self._key()))

    def _send(self, turn: Sent) -> None:
        media = "" if turn.kind is ReplyKind.TEXT else f"({turn.kind.value}) "
        self.story.append(f"{self._name}> {media}{turn.text}".rstrip())
        key = self._key()
        if turn.kind is ReplyKind.TEXT and turn.text.startswith("/"):
            name, purchase = turn.text[1:], self._given.purchase
            beginnings.send_command(self.player, name, purchase, message_key=key)
            return
        has_file = turn.kind not in _WITHOUT_FILE
        files = (Attachment(media_id=self._messages, kind=turn.kind),) if has_file else ()
        self.player.do(Reply(kind=turn.kind, text=turn.text, attachments=files, message_key=key))

    def _staff(self, turn: StaffActed) -> None:
        case = self.player.open_case()
        if case is None:
            raise CannotAct("Nothing has been handed to the team so far.")
        name = turn.name or case.owner or STAFF
        self.story.append(f"{name}> {turn.text or f'/{turn.act}'}")
        if turn.act == "claim":
            backstage.claim(self.player, case, name)
        elif turn.act == "release":
            backstage.release(self.player, case)
        elif turn.act == "typing":
            backstage.open_reply_form(self.player, case)
        elif turn.act == "reopen":
            backstage.reopen(self.player, case, name)
        elif turn.act == "reply":
            self._replies[self.player.replies + 1] = turn.text
            backstage.answer(self.player, case, name, text=turn.text)
        else:
            self._resolve(turn, case, name)

    def _resolve(self, turn: StaffActed, case: PlayedCase, name: str) -> None:
        if case.resolved:
            raise CannotAct("The team has resolved this already.")
        facts = {"cause": turn.cause, "outcome": turn.outcome}
        backstage.resolve(self.player, case, name, check=turn.check, **facts)

    def _marketing(self, turn: MarketingActed) -> None:
        number = max(self.player.consents, default=None)
        if number is None:
            raise CannotAct("The customer has agreed to no quote so far.")
        self.story.append(f"Marketing> {turn.text or f'/{turn.act}'}")
        if turn.act == "edit":
            backstage.suggest(self.player, number, turn.text)
        else:
            backstage.publish(self.player, number)

    @property
    def _name(self) -> str:
        return self.player.customer.first_name or "Customer"

    def _key(self) -> str:
        self._messages += 1
        return f"1:{self._messages}"

    def _open(self, purchase: PurchaseFacts | None) -> None:
        number = beginnings.offer(self.player, self.script, purchase) if purchase else 1
        beginnings.open_link(self.player, number, message_key=self._key())

    def _beginning(self, how: Beginning) -> str:
        match how:
            case Beginning.COMMAND:
                return f"{self._name}> /{self.script.start.trigger.command}"
            case Beginning.DAY:
                return "the day has come"
            case Beginning.LINK:
                return f"{self._name} opens the link"

    def _hear(self, heard: Heard) -> None:
        event = heard.event
        if isinstance(event, Said):
            self._listen(event)
            return
        if (notice := notice_of(event)) is not None:
            self.notices.append(notice)
            self.story.append(f"({notice[0]}) {notice[1]}")
            return
        post, end = post_of(event, self.player), end_of(event)
        if post is not None:
            self.posts.append(post)
            self.story.append(f"#{post.channel}> {post.text}")
        if end is not None:
            self.ends.append(end)
            self.story.append(f"-- ended: {end}")

    def _listen(self, said: Said) -> None:
        words = self._replies.get(said.reply_id) if said.reply_id else None
        spoken = Spoken.of(said, words)
        self.said.append(spoken)
        self.story.append(f"bot> {spoken.text}")
        if spoken.buttons:
            self.story.append(f"     {row_of(spoken.buttons)}")

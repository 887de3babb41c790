"""What was recorded, as a sentence for whoever plays; the stories keep the events' own names instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

from feedbackbot.engine import events
from feedbackbot.engine.happenings import Attachment
from feedbackbot.engine.playing.buttons import to_tap

_PERMISSIONS: Final[Mapping[events.Permission, str]] = {
    events.Permission.UNASKED: "asking again: nothing was said",
    events.Permission.EACH: "may be asked again after every purchase",
    events.Permission.SOMETIMES: "may be asked again, twice a year at most",
    events.Permission.NO: "is not to be asked again",
}
#: whether the answer to what is open may still come
_STILL: Final = {None: "", True: "; the open answer may come", False: "; not even the answer"}
#: events that say all by having happened
_BARE: Final[Mapping[type[events.Event], str]] = {
    events.ConversationExpired: "ended: the script's time has run out",
    events.TestimonialOffered: "asked for words to show",
    events.TestimonialDeclined: "does not want to be quoted; is never asked again",
    events.WithdrawalAsked: "a quote is taken back",
    events.CopyAsked: "a copy of everything that is kept is sent",
    events.ErasureAsked: "everything about the customer is deleted",
    events.Resumed: "questions are welcome again",
    events.InvitationQueued: "another purchase waits for the end of this talk",
    events.InvitationDeclined: "does not want to talk about this purchase",
    events.TieCut: "not their order: cut off from this chat",
}


def plain_note(event: events.Event, zone: tzinfo) -> str | None:
    """None for what is seen anyway."""
    if type(event) in _BARE:
        return _BARE[type(event)]
    notes = (say(event) for say in _SAY)
    return next((note for note in notes if note is not None), _of_day(event, zone))


def _of_answer(event: events.Event) -> str | None:
    match event:
        case events.AnswerGiven():
            return f"{event.name or event.step} = {_value(event)}{_files(event.attachments)}"
        case events.AnswerAmended():
            return f"{event.step}: now {_quoted(event.words)}{_files(event.attachments)}"
        case events.ReplyNotUnderstood():
            words = f"{_quoted(event.words)}{_files(event.attachments)}"
            return f"{event.step}: not understood, but kept: {words}"
        case _:
            return None


def _of_question(event: events.Event) -> str | None:
    match event:
        case events.AnswerTakenBack():
            return f"{event.step}: taken back"
        case events.AnswerSkipped():
            return f"{event.step}: skipped"
        case events.QuestionReminded():
            return f"{event.step}: reminded"
        case events.QuestionTimedOut():
            return f"{event.step}: no answer in time"
        case _:
            return None


def _of_screen(event: events.Event) -> str | None:
    match event:
        case events.ButtonsChanged():
            labels = " ".join(f"[{label}]" for label in to_tap(event.buttons))
            return f"the buttons are now {labels}" if labels else None
        case events.Toasted():
            return f"for a moment: {_quoted(event.text)}"
        case events.Reacted():
            return f"reacts with {event.emoji}"
        case _:
            return None


def _of_case(event: events.Event) -> str | None:
    match event:
        case events.ComplaintRaised():
            again = "opened again for" if event.reopens else "handed to"
            return f"{again} {event.to}: {event.summary}"
        case events.CaseWritten():
            words = f"{_quoted(event.words)}{_files(event.attachments)}"
            return f"to the team: {words}{', which opens it again' if event.reopens else ''}"
        case events.CaseTold():
            return f"to the team: {event.note}"
        case events.ReplyRefused():
            return f"the answer may not go out: the customer has {event.reason}"
        case events.RecoveryAnswered():
            return f"put right: {'yes' if event.solved else 'no'}"
        case _:
            return None


def _of_shop(event: events.Event) -> str | None:
    match event:
        case events.NoteTold():
            return f"note to {event.to}: {event.text}"
        case events.ConsentGiven():
            uses = ", ".join(event.uses)
            return f"agrees to {_quoted(event.text)}, signed {event.credit_name}, for {uses}"
        case events.EditDeclined() | events.EditLapsed():
            return f"the new text: {_of_edit(event)}"
        case events.TagsSet():
            return f"tags: {', '.join(event.tags)}"
        case events.RewardGiven():
            given = (
                f"gives {event.code} from" if event.code else "has no code left; staff are told:"
            )
            return f"{given} {event.pool}{' (the same for everybody)' if event.common else ''}"
        case _:
            return None


def _of_edit(event: events.EditDeclined | events.EditLapsed) -> str:
    if isinstance(event, events.EditLapsed):
        return "no answer; the words stay as agreed to"
    return f"no; {'as written' if event.keep_mine else 'nothing at all'}"


def _of_talk(event: events.Event) -> str | None:
    match event:
        case events.ConversationStarted():
            return f"{event.script} begins"
        case events.ConversationFinished():
            return f"ended: {event.outcome}"
        case events.ConversationAbandoned():
            return f"ended: {event.reason}"
        case events.PermissionGiven():
            return _PERMISSIONS[event.permission]
        case events.Stopped():
            return f"no more questions{_STILL[event.let_answer]}"
        case _:
            return None


def _of_day(event: events.Event, zone: tzinfo) -> str | None:
    match event:
        case events.InvitationAccepted():
            return f"will be asked {_day(event.due_at, zone)}"
        case events.InvitationDeferred():
            return f"put off to {_day(event.until, zone)}"
        case _:
            return None


def _day(moment: datetime | None, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%a %d %b, %H:%M}" if moment else "once the day is known"


def _value(event: events.AnswerGiven) -> str:
    if event.value is None:
        return _quoted(event.words)
    typed = bool(event.words) and event.number is None
    return f"{event.value} ({event.words})" if typed else event.value


def _files(attachments: Sequence[Attachment]) -> str:
    return "".join(f" + {one.kind.value}" for one in attachments)


def _quoted(text: str) -> str:
    flat = text.replace("\n", " / ")
    return f'"{flat}"'


_SAY: Final = (_of_answer, _of_question, _of_screen, _of_case, _of_shop, _of_talk)

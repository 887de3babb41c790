"""Words after the words: more of an album, a second message within the pause, a message corrected afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.answers import understand
from feedbackbot.engine.chat import Spoken, Value
from feedbackbot.engine.events import AnswerAmended, Purpose, ReplyNotUnderstood
from feedbackbot.engine.happenings import Reply, ReplyKind
from feedbackbot.engine.script import Ask
from feedbackbot.engine.talking import telling
from feedbackbot.engine.talking.speech import saved_as, script_now, step_now, wording
from feedbackbot.engine.talking.talk import Talk

_REMEMBERED: Final = 40
#: pictures of one album come one by one within moments
_ALBUM_SECONDS: Final = 3.0


def remember(
    talk: Talk,
    reply: Reply,
    *,
    visit: int,
    step: str,
    answered: bool = True,
    passed_on: bool = False,
    chosen: bool = False,
) -> None:
    """Keeps these words beside their answer; a bare "4" need not be passed on to anybody."""
    spoken = Spoken(
        message_key=reply.message_key,
        visit=visit,
        step=step,
        text=reply.text.strip(),
        attachments=reply.attachments,
        answered=answered,
        passed_on=passed_on,
        chosen=chosen,
    )
    _keep(talk, spoken)


def leave_open(talk: Talk, reply: Reply, visit: int, *, words_too: bool = True) -> None:
    """For a moment more, what comes next belongs to this message; or only the rest of its album does."""
    until = talk.now + timedelta(seconds=talk.scene.text_pause if words_too else 0)
    album_until = talk.now + timedelta(seconds=_ALBUM_SECONDS)
    open_words: dict[str, Value] = {
        "visit": visit,
        "until": until.isoformat(),
        "album": reply.album,
        "album_until": album_until.isoformat(),
        "told": False,
    }
    talk.chat = replace(talk.chat, open_words=open_words)


def belongs_to(talk: Talk, reply: Reply) -> Spoken | None:
    """The words that this message adds to, if it came as one of them."""
    open_words = talk.chat.open_words
    if open_words is None:
        return None
    same_album = reply.album is not None and reply.album == open_words["album"]
    in_time = talk.now < _moment(open_words["until"]) and reply.kind is not ReplyKind.STICKER
    if not (same_album or in_time):
        return None
    return _last_of(talk, open_words["visit"])


def in_pause(talk: Talk) -> bool:
    """The customer is still writing: nothing that was said since has left."""
    open_words = talk.chat.open_words
    return open_words is not None and talk.now < _moment(open_words["until"])


def begin_anew(talk: Talk) -> None:
    """A new conversation forgets the words of the last one, unless they are still being written."""
    words = talk.chat.open_words
    if words is None or talk.begun_by != "due" or not in_pause(talk):
        talk.chat = replace(talk.chat, spoken=(), open_words=None)
        return
    last = tuple(
        replace(one, bygone=True, passed_on=True)
        for one in talk.chat.spoken
        if one.visit == words["visit"] and one.answered
    )
    talk.chat = replace(talk.chat, spoken=last, open_words=words if last else None)


def add(talk: Talk, reply: Reply, first: Spoken) -> None:
    more = replace(
        first,
        message_key=reply.message_key,
        text=reply.text.strip(),
        attachments=reply.attachments,
        passed_on=first.bygone,
        chosen=False,
    )
    _keep(talk, more)
    if not first.answered:
        talk.note(
            ReplyNotUnderstood(
                step=first.step,
                visit=first.visit,
                words=reply.text,
                attachments=reply.attachments,
            )
        )
        return
    pause = timedelta(seconds=talk.scene.text_pause)
    _amend(talk, first, pause=pause)
    telling.tell_more(talk, first, more.text)
    _mention_late_picture(talk)
    if talk.chat.open_words is not None:
        until = (talk.now + pause).isoformat()
        talk.chat = replace(talk.chat, open_words={**talk.chat.open_words, "until": until})


def answers_after_all(talk: Talk, said: Reply, first: Spoken) -> bool:
    """First "box crushed" and then at once "2": the second is the answer, not more of the first."""
    state = talk.state
    if first.answered or state is None or state.visit != first.visit:
        return not first.answered and said.album is None
    step = step_now(talk)
    language = script_now(talk).language
    return isinstance(step, Ask) and understand(step, said.text, language=language) is not None


def mark_passed_on(talk: Talk, message_key: str) -> None:
    known = tuple(
        replace(spoken, passed_on=True) if spoken.message_key == message_key else spoken
        for spoken in talk.chat.spoken
    )
    talk.chat = replace(talk.chat, spoken=known)


def find_spoken(talk: Talk, message_key: str) -> Spoken | None:
    return next((s for s in reversed(talk.chat.spoken) if s.message_key == message_key), None)


def correct(talk: Talk, reply: Reply, spoken: Spoken) -> None:
    """The customer changed a message that had become (part of) an answer."""
    changed = replace(
        spoken,
        text=reply.text.strip(),
        attachments=reply.attachments or spoken.attachments,
        passed_on=False,
    )
    everything = tuple(changed if s is spoken else s for s in talk.chat.spoken)
    talk.chat = replace(talk.chat, spoken=everything)
    if spoken.answered:
        _amend(talk, spoken)
        telling.tell_corrected(talk, spoken, changed.text)


def whole_words(talk: Talk, visit: int) -> str:
    parts = (s.text for s in talk.chat.spoken if s.visit == visit and s.answered)
    return "\n".join(part for part in parts if part)


def pictures(talk: Talk, visit: int) -> tuple[int, ...]:
    """Those that came with these words, as far as they can be used."""
    came = (a for s in talk.chat.spoken if s.visit == visit and s.answered for a in s.attachments)
    return tuple(a.media_id for a in came if a.kind is ReplyKind.PHOTO and a.trouble is None)


def _keep(talk: Talk, spoken: Spoken) -> None:
    talk.chat = replace(talk.chat, spoken=(*talk.chat.spoken[1 - _REMEMBERED :], spoken))


def _last_of(talk: Talk, visit: Value) -> Spoken | None:
    return next((s for s in reversed(talk.chat.spoken) if s.visit == visit), None)


def _amend(talk: Talk, spoken: Spoken, *, pause: timedelta = timedelta(0)) -> None:
    words = whole_words(talk, spoken.visit)
    parts = [s for s in talk.chat.spoken if s.visit == spoken.visit and s.answered]
    attachments = tuple(dict.fromkeys(a for part in parts for a in part.attachments))
    talk.note(
        AnswerAmended(
            step=spoken.step,
            visit=spoken.visit,
            words=words,
            attachments=attachments,
            pause=pause,
        )
    )
    state = talk.state
    if state is None or spoken.bygone:
        return
    kept = {**state.attachments, spoken.step: attachments}
    talk.state = replace(
        state, names={**state.names, **_renamed(talk, spoken.step, words)}, attachments=kept
    )


def _renamed(talk: Talk, step_id: str, words: str) -> dict[str, Value]:
    """What is saved as words follows them; a number or a choice is another answer, if anything."""
    script = script_now(talk)
    step = script.steps.get(step_id)
    if not isinstance(step, Ask) or not step.save:
        return {}
    meant = understand(step, words, language=script.language)
    if meant is None or meant.value is not None:
        return {}
    return {saved_as(talk, step.save): meant.label}


def _mention_late_picture(talk: Talk) -> None:
    """Once, when a picture of the same album arrives after the next question has gone out."""
    open_words = talk.chat.open_words
    if open_words is None or open_words["told"]:
        return
    late = max(_moment(open_words["until"]), _moment(open_words["album_until"]))
    if talk.now >= late:
        talk.chat = replace(talk.chat, open_words={**open_words, "told": True})
        talk.say(wording(talk, "added_to_answer"), Purpose.ANSWER)


def _moment(value: Value) -> datetime:
    return datetime.fromisoformat(str(value))

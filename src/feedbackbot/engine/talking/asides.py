"""The built-in questions that stand over the script for a moment: put, and taken away again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import Aside, Value
from feedbackbot.engine.events import EditLapsed, Purpose
from feedbackbot.engine.happenings import Attachment
from feedbackbot.engine.talking.saying import Rows
from feedbackbot.engine.talking.speech import rows_of
from feedbackbot.engine.talking.talk import Talk

#: a text that marketing suggests
EDIT: Final = "testimonial.edit"
#: how long a built-in question waits before it is dropped in silence
PATIENCE: Final = timedelta(days=1)


def put_aside(
    talk: Talk,
    key: str,
    text: str,
    *,
    rows: Rows | None = None,
    notes: Mapping[str, Value] | None = None,
    attachments: tuple[Attachment, ...] = (),
    patience: timedelta = PATIENCE,
    purpose: Purpose = Purpose.ANSWER,
) -> None:
    """Asks a built-in question; what stood there before must have been settled."""
    visit = talk.next_visit()
    aside = Aside(
        key=key, visit=visit, notes={**(notes or {}), "asked": text}, attachments=attachments
    )
    talk.chat = replace(talk.chat, aside=aside)
    talk.set_timer("aside", talk.now + patience)
    talk.say(text, purpose)
    talk.offer(visit, rows_of(talk, key) if rows is None else rows)


def put_again(talk: Talk, aside: Aside) -> None:
    """After an outage: the same question, with the same number."""
    media_id = aside.notes.get("media_id")
    talk.draft.media_id = media_id if isinstance(media_id, int) else None
    talk.say(str(aside.notes["asked"]), Purpose.ANSWER)
    if aside.key in talk.scene.common.buttons:
        talk.offer(aside.visit, rows_of(talk, aside.key))


def close_aside(talk: Talk, label: str | None = None) -> None:
    aside = talk.chat.aside
    if aside is None:
        return
    talk.close(aside.visit, label, has_buttons=aside.key != "human")
    talk.chat = replace(talk.chat, aside=None)
    talk.drop_timers("aside")
    if label is None:
        _tell_lapsed(talk, aside)


def drop_edit(talk: Talk) -> None:
    """Nobody is there to answer marketing's question any more, and nothing is to be sent."""
    aside = talk.chat.aside
    if aside is not None and aside.key == EDIT:
        talk.chat = replace(talk.chat, aside=None)
        talk.drop_timers("aside")
        _tell_lapsed(talk, aside)


def _tell_lapsed(talk: Talk, aside: Aside) -> None:
    """Marketing waits for an answer to this one: without any they decide about the words as they were agreed to."""
    testimonial_id = aside.notes.get("testimonial_id")
    if aside.key == EDIT and isinstance(testimonial_id, int):
        talk.note(EditLapsed(testimonial_id=testimonial_id))

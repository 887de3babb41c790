"""Words that were agreed to already: a text that marketing suggests, one that the customer corrects, the news."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import Aside, Quote, Value
from feedbackbot.engine.events import ConsentGiven, EditDeclined, Purpose
from feedbackbot.engine.happenings import (
    Attachment,
    EditSuggested,
    ReplyKind,
    Tap,
    TestimonialPublished,
)
from feedbackbot.engine.talking import afterthoughts, cases
from feedbackbot.engine.talking.asides import EDIT, close_aside, put_aside
from feedbackbot.engine.talking.speech import rows_of, wording, wording_around
from feedbackbot.engine.talking.talk import Talk
from feedbackbot.engine.talking.testimonials import (
    is_thanked,
    preview_of,
    signature,
    uses_in_words,
    with_mark,
)

_NOT_USED: Final = "testimonial.not_published"


def may_be_asked(talk: Talk) -> bool:
    return not (talk.chat.stopped or talk.chat.blocked or cases.open_case(talk))


def suggest(talk: Talk, edit: EditSuggested) -> None:
    """Marketing's text beside the customer's own, with the sentence that a yes agrees to."""
    name = edit.credit_name or signature(talk, edit.credit)
    uses = uses_in_words(talk, edit.uses)
    agreed = wording(talk, _sentence(edit.media_id), credit=name, uses=uses)
    agreed = with_mark(talk, agreed, thanked=edit.thanked)
    texts = {"before": edit.before, "after": edit.after}
    asked = f"{wording_around(talk, 'testimonial.edit_asked', texts)}\n\n{agreed}"
    quote = Quote(
        testimonial_id=edit.testimonial_id,
        visit=0,
        uses=edit.uses,
        credit=edit.credit,
        credit_name=name,
    )
    notes = {**_notes(quote, edit.after, agreed), "media_id": edit.media_id}
    talk.draft.media_id = edit.media_id
    put_aside(talk, EDIT, asked, notes=notes, purpose=Purpose.QUESTION)


def preview_correction(talk: Talk, quote: Quote) -> None:
    """The customer changed words that they had agreed to: only a new yes covers the new text, with its picture."""
    text, picture = afterthoughts.whole_words(talk, quote.visit), _picture_of(talk, quote)
    if not text:
        talk.say(wording(talk, "testimonial.corrected"), Purpose.ANSWER)
        return
    uses, thanked = uses_in_words(talk, quote.uses), is_thanked(talk, quote)
    agreed = wording(talk, _sentence(picture), credit=quote.credit_name, uses=uses)
    agreed = with_mark(talk, agreed, thanked=thanked)
    preview = preview_of(talk, "testimonial.preview", text, quote.credit_name, thanked=thanked)
    notes = {**_notes(quote, text, agreed), "media_id": picture}
    talk.draft.media_id = picture
    rows = rows_of(talk, "testimonial.consent", without=("change",))
    asked = "\n\n".join((wording(talk, "testimonial.corrected"), preview, agreed))
    put_aside(talk, "testimonial.consent", asked, rows=rows, notes=notes)


def answer(talk: Talk, aside: Aside, pressed: Tap, label: str) -> None:
    close_aside(talk, label)
    if pressed.choice == "agree":
        talk.note(_consent(talk, aside, pressed))
        talk.say(wording(talk, "testimonial.agreed"), Purpose.ANSWER)
        return
    keeps = pressed.choice == "mine"
    testimonial_id = aside.notes["testimonial_id"]
    if isinstance(testimonial_id, int):
        talk.note(EditDeclined(testimonial_id=testimonial_id, keep_mine=keeps))
    key = "testimonial.as_written" if keeps else "testimonial.declined"
    talk.say(wording(talk, key), Purpose.ANSWER)


def tell_published(talk: Talk, news: TestimonialPublished) -> None:
    text = wording(talk, "testimonial.published", link=news.link)
    talk.say(text, Purpose.STATEMENT)


def tell_not_used(talk: Talk) -> None:
    """Only where the shop has words for it."""
    if _NOT_USED in talk.scene.common.texts:
        talk.say(wording(talk, _NOT_USED), Purpose.STATEMENT)


def with_id(quote: Quote | None, testimonial_id: int) -> Quote | None:
    return replace(quote, testimonial_id=testimonial_id) if quote else None


def _picture_of(talk: Talk, quote: Quote) -> int | None:
    """The one that was agreed to, or what it was changed for; a picture that was none of the quote does not join it."""
    pictures = afterthoughts.pictures(talk, quote.visit)
    if quote.media_id is None or quote.media_id in pictures:
        return quote.media_id
    return next(iter(pictures), None)


def _sentence(picture: int | None) -> str:
    """Beside words there can only be a picture: a recording is quoted without any."""
    return "testimonial.consent" if picture is None else "testimonial.consent_photo"


def _notes(quote: Quote, text: str, agreed: str) -> dict[str, Value]:
    return {
        "testimonial_id": quote.testimonial_id,
        "text": text,
        "wording": agreed,
        "uses": quote.uses,
        "credit": quote.credit,
        "credit_name": quote.credit_name,
        "media_id": None,
    }


def _consent(talk: Talk, aside: Aside, pressed: Tap) -> ConsentGiven:
    notes = aside.notes
    uses, testimonial_id, media_id = notes["uses"], notes["testimonial_id"], notes["media_id"]
    pictures: tuple[Attachment, ...] = ()
    if isinstance(media_id, int):
        pictures = (Attachment(media_id=media_id, kind=ReplyKind.PHOTO),)
    return ConsentGiven(
        text=str(notes["text"]),
        wording=str(notes["wording"]),
        language=talk.scene.common.language,
        uses=uses if isinstance(uses, tuple) else (),
        credit=str(notes["credit"]),
        credit_name=str(notes["credit_name"]),
        message_key=pressed.message_key,
        attachments=pictures,
        testimonial_id=testimonial_id if isinstance(testimonial_id, int) else None,
    )

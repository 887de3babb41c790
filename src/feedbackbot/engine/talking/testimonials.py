"""The questions inside a `testimonial` step: reuse, write, credit, and the preview with its consent sentence."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import CustomerFacts, Quote, Value
from feedbackbot.engine.events import Button
from feedbackbot.engine.happenings import Attachment, ReplyKind
from feedbackbot.engine.script import TestimonialStep
from feedbackbot.engine.talking.saying import Rows
from feedbackbot.engine.talking.speech import (
    from_script,
    rows_of,
    saved_as,
    wording,
    wording_around,
)
from feedbackbot.engine.talking.talk import Talk, running
from feedbackbot.engine.wording.locales import list_text

REUSE: Final = "reuse"
WRITE: Final = "write"
CREDIT: Final = "credit"
CONSENT: Final = "consent"
#: shorter words are no sentence that says something about a purchase
SHORTEST_REUSED: Final = 20
#: purchases whose answer is remembered
_REMEMBERED: Final = 20


def first_stage(talk: Talk, step: TestimonialStep) -> dict[str, Value]:
    """Where a testimonial begins: with what the customer wrote already, if it makes a sentence."""
    words = reusable(talk, step)
    return {"stage": WRITE if words is None else REUSE, "text": words, "first": True}


def is_settled(talk: Talk) -> bool:
    """In an earlier conversation about this purchase the answer was yes or no already."""
    purchase = talk.scene.purchase
    return purchase is not None and purchase.number in talk.chat.quoted_about


def settle(talk: Talk) -> None:
    """Whether yes or no: nobody is asked twice about one purchase."""
    purchase = talk.scene.purchase
    if purchase is not None and purchase.number not in talk.chat.quoted_about:
        known = (*talk.chat.quoted_about[1 - _REMEMBERED :], purchase.number)
        talk.chat = replace(talk.chat, quoted_about=known)


def reusable(talk: Talk, step: TestimonialStep) -> str | None:
    state, _ = running(talk)
    words = state.names.get(saved_as(talk, step.reuse)) if step.reuse else None
    if isinstance(words, str) and len(words.strip()) >= SHORTEST_REUSED:
        return words.strip()
    return None


def question(talk: Talk, step: TestimonialStep) -> tuple[str, Rows]:
    """What is asked at the stage where the testimonial stands."""
    data = stage_data(talk)
    if data["stage"] == CREDIT:
        return wording(talk, "testimonial.credit"), _credit_rows(talk, step)
    if data["stage"] == CONSENT:
        talk.draft.media_id = next(iter(a.media_id for a in published_media(talk, step)), None)
        return _preview(talk, step), rows_of(talk, "testimonial.consent")
    lead = (from_script(talk, step.ask),) if data.get("first") else ()
    if data["stage"] == REUSE:
        text = wording_around(talk, "testimonial.reuse", {"text": text_of(talk)})
        return "\n\n".join((*lead, text)), rows_of(talk, "testimonial.reuse")
    own = rows_of(talk, "testimonial.reuse", without=("yes", "new"))
    return "\n\n".join((*lead, wording(talk, "testimonial.write"))), own


def stage_data(talk: Talk) -> dict[str, Value]:
    state, _ = running(talk)
    return state.testimonial or {"stage": WRITE}


def move(talk: Talk, **changes: Value) -> None:
    state, _ = running(talk)
    talk.state = replace(state, testimonial={**stage_data(talk), "first": False, **changes})


def text_of(talk: Talk) -> str:
    text = stage_data(talk).get("text")
    return text if isinstance(text, str) else ""


def attachments_of(talk: Talk, step: TestimonialStep) -> tuple[Attachment, ...]:
    state, _ = running(talk)
    return state.attachments.get(step.id, ())


def published_media(talk: Talk, step: TestimonialStep) -> tuple[Attachment, ...]:
    """Pictures beside a text, or a recording without one: what the consent sentence speaks of."""
    kind = ReplyKind.PHOTO if text_of(talk) else ReplyKind.VOICE
    return tuple(a for a in attachments_of(talk, step) if a.kind is kind and a.trouble is None)


def credits_for(customer: CustomerFacts, step: TestimonialStep) -> tuple[str, ...]:
    """The ways to sign that this customer's name allows."""
    needs = {
        "full_name": customer.first_name and customer.last_name,
        "first_name": customer.first_name,
        "initials": customer.first_name,
    }
    possible = tuple(credit for credit in step.credit if needs.get(credit, True))
    return possible or ("anonymous",)


def signature(talk: Talk, credit: str) -> str:
    """As it will stand under the words."""
    customer = talk.scene.customer
    names = tuple(name for name in (customer.first_name, customer.last_name) if name)
    if credit == "full_name" and names:
        return " ".join(names)
    if credit == "first_name" and names:
        return names[0]
    if credit == "initials" and names:
        return " ".join(f"{name[0].upper()}." for name in names)
    return wording(talk, "testimonial.anonymous")


def credit_label(talk: Talk, credit: str) -> str:
    if credit == "anonymous":
        return wording(talk, "testimonial.without_name")
    return signature(talk, credit)


def consent_sentence(talk: Talk, step: TestimonialStep) -> str:
    """The exact sentence that a yes agrees to."""
    name = str(stage_data(talk).get("credit_name") or "")
    uses = uses_in_words(talk, step.uses)
    if step.consent:
        about = {"text": text_of(talk), "credit": name, "uses": uses}
        agreed = from_script(talk, step.consent, testimonial=about, credit=name, uses=uses)
        return with_mark(talk, agreed, thanked=is_thanked(talk))
    media = published_media(talk, step)
    kind = media[0].kind if media else ReplyKind.TEXT
    key = {ReplyKind.PHOTO: "consent_photo", ReplyKind.VOICE: "consent_voice"}.get(kind, "consent")
    agreed = wording(talk, f"testimonial.{key}", credit=name, uses=uses)
    return with_mark(talk, agreed, thanked=is_thanked(talk))


def is_thanked(talk: Talk, quote: Quote | None = None) -> bool:
    """A code was given for the purchase that is quoted, or talked about: published words will say so."""
    bought = talk.scene.purchase
    number = quote.purchase if quote else bought.number if bought else None
    return number is not None and number in talk.scene.thanked


def with_mark(talk: Talk, agreed: str, *, thanked: bool) -> str:
    return f"{agreed} {wording(talk, 'testimonial.consent_thanked')}" if thanked else agreed


def preview_of(talk: Talk, key: str, text: str, credit: str, *, thanked: bool) -> str:
    """The words as people will see them."""
    shown = wording_around(talk, key, {"text": text}, credit=credit)
    return f"{shown}\n{wording(talk, 'testimonial.thanked')}" if thanked else shown


def uses_in_words(talk: Talk, uses: tuple[str, ...]) -> str:
    texts = talk.scene.common.texts
    named = [
        wording(talk, key) if (key := f"testimonial.uses.{use}") in texts else use.replace("_", " ")
        for use in uses
    ]
    return list_text(named, language=talk.scene.common.language)


def _credit_rows(talk: Talk, step: TestimonialStep) -> Rows:
    return tuple(
        (Button(label=credit_label(talk, credit), choice=credit),)
        for credit in credits_for(talk.scene.customer, step)
    )


def _preview(talk: Talk, step: TestimonialStep) -> str:
    name = str(stage_data(talk).get("credit_name") or "")
    key = "testimonial.preview" if text_of(talk) else "testimonial.preview_voice"
    shown = preview_of(talk, key, text_of(talk), name, thanked=is_thanked(talk))
    return f"{shown}\n\n{consent_sentence(talk, step)}"

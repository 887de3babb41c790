"""Puts consented words into a database as they are after a conversation and marketing's yes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedbackbot.models import reward
from feedbackbot.models.conversation import Answer, Conversation
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.testimonial import Consent, Testimonial, TestimonialStatus
from feedbackbot.publishing import text_hash

ADAS_WORDS = "Light, dry and on my feet every day since they came."


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    text: str = ADAS_WORDS
    author: str = "Ada"
    uses: str = "website,social"
    status: TestimonialStatus = TestimonialStatus.PUBLISHED
    agreed_days_ago: int = 10
    #: what the consent covers, when that is not the text
    consented_text: str | None = None
    public_id: str = field(default="ada-0001")
    #: a code was given for the purchase
    thanked: bool = False


def put_words(session: Session, words: Words, *, now: datetime) -> Testimonial:
    """A testimonial with its consent, as if marketing had decided a day after the customer's yes."""
    then = now - timedelta(days=words.agreed_days_ago)
    customer = Customer(first_name=words.author, created_at=then, telegram_id=None)
    session.add(customer)
    session.flush()
    testimonial = Testimonial(
        public_id=words.public_id,
        customer_id=customer.id,
        purchase_id=_thanked_purchase(session, customer, then) if words.thanked else None,
        status=words.status,
        text=words.text,
        credit_name=words.author,
        item="Trail shoes",
        rating=5,
        created_at=then,
        published_at=then + timedelta(days=1),
    )
    session.add(testimonial)
    session.flush()
    agreed = words.consented_text or words.text
    consent = Consent(
        testimonial_id=testimonial.id,
        text=agreed,
        text_sha256=text_hash(agreed),
        wording="I agree.",
        wording_sha256=text_hash("I agree."),
        language="en",
        uses=words.uses,
        credit="first_name",
        credit_name=words.author,
        controller="Birch & Lane Ltd",
        granted_at=then,
    )
    session.add(consent)
    session.flush()
    testimonial.consent_id = consent.id
    return testimonial


def _thanked_purchase(session: Session, customer: Customer, then: datetime) -> int:
    purchase = Purchase(
        customer_id=customer.id,
        source="webshop",
        order_id="1042",
        items=[{"name": "Trail shoes"}],
        created_at=then,
        updated_at=then,
    )
    session.add(purchase)
    session.flush()
    reward.give_common(
        session, "thank_you", "THANKS10", purchase_id=purchase.id, conversation_id=None, now=then
    )
    return purchase.id


def put_scores(
    session: Session,
    scores: list[int],
    *,
    invited: int,
    now: datetime,
    answered_at: datetime | None = None,
    prefix: str = "",
    talks: int = 1,
) -> None:
    """`invited` purchases, of which the first ones were answered with these stars, in so many talks each."""
    customer = Customer(first_name="Bo", created_at=now)
    session.add(customer)
    session.flush()
    for number in range(invited):
        purchase = Purchase(
            customer_id=customer.id,
            source="test",
            order_id=f"{prefix}{number}",
            items=[{"name": "Trail shoes"}],
            created_at=now,
            updated_at=now,
        )
        session.add(purchase)
        session.flush()
        invitation = Invitation(
            purchase_id=purchase.id,
            customer_id=customer.id,
            script="after_purchase",
            token=f"token-{prefix}{number}",
            token_sha256=text_hash(f"token-{prefix}{number}"),
            status=InvitationStatus.SENT,
            created_at=now,
            expires_at=now + timedelta(days=90),
        )
        session.add(invitation)
        session.flush()
        for _ in range(talks if number < len(scores) else 0):
            _answer(session, invitation, scores[number], now=answered_at or now)


def _answer(session: Session, invitation: Invitation, score: int, *, now: datetime) -> None:
    conversation = Conversation(
        customer_id=invitation.customer_id,
        purchase_id=invitation.purchase_id,
        invitation_id=invitation.id,
        script="after_purchase",
        version="v",
        started_at=now,
    )
    session.add(conversation)
    session.flush()
    session.add(
        Answer(
            conversation_id=conversation.id,
            step="rate",
            visit=1,
            name="score",
            metric="csat",
            value=str(score),
            number=score,
            answered_at=now,
        )
    )

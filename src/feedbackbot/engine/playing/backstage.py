"""Staff and marketing of a played shop: claim, answer, resolve, suggest a text, publish."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from feedbackbot.engine.happenings import (
    CaseClaimed,
    CaseReleased,
    CaseReopened,
    CaseReplied,
    CaseResolved,
    CaseTyping,
    EditSuggested,
    TestimonialPublished,
)
from feedbackbot.engine.playing import PlayedCase, Player

_WALL: Final = "/wall"


def claim(player: Player, case: PlayedCase, name: str) -> None:
    case.owner = name
    player.do(CaseClaimed(escalation_id=case.escalation_id, staff_name=name))


def release(player: Player, case: PlayedCase) -> None:
    case.owner = None
    player.do(CaseReleased(escalation_id=case.escalation_id))


def answer(player: Player, case: PlayedCase, name: str, *, text: str) -> None:
    """Words addressed to the customer; whoever answers first owns it."""
    case.answered, case.owner = True, case.owner or name
    player.replies += 1
    player.do(
        CaseReplied(
            escalation_id=case.escalation_id,
            reply_id=player.replies,
            staff_name=name,
            text=text,
        )
    )


def open_reply_form(player: Player, case: PlayedCase) -> None:
    player.do(CaseTyping(escalation_id=case.escalation_id))


def resolve(
    player: Player,
    case: PlayedCase,
    name: str,
    *,
    cause: str = "quality",
    outcome: str = "replaced",
    check: timedelta = timedelta(days=2),
) -> None:
    case.resolved, case.owner = True, name
    player.do(
        CaseResolved(
            escalation_id=case.escalation_id,
            staff_name=name,
            cause=cause,
            outcome=outcome,
            check_on=player.now + check,
            minutes=int((player.now - case.opened_at).total_seconds() // 60),
            answered=case.answered,
        )
    )


def reopen(player: Player, case: PlayedCase, name: str) -> None:
    case.resolved = False
    player.do(CaseReopened(escalation_id=case.escalation_id, staff_name=name))


def suggest(player: Player, testimonial_id: int, text: str) -> None:
    """Marketing would like another text."""
    given = player.consents[testimonial_id]
    player.do(
        EditSuggested(
            testimonial_id=testimonial_id,
            before=given.text,
            after=text,
            credit=given.credit,
            credit_name=given.credit_name,
            uses=given.uses,
        )
    )


def publish(player: Player, testimonial_id: int) -> None:
    link = player.library.shop.website + _WALL
    player.do(TestimonialPublished(testimonial_id=testimonial_id, link=link))

"""A small thank-you: one code of a pool, the same whatever was answered, and never a second one for a purchase."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from feedbackbot.engine.events import Purpose, RewardGiven
from feedbackbot.engine.script import Reward
from feedbackbot.engine.talking.speech import from_script, script_now, wording
from feedbackbot.engine.talking.talk import Talk
from feedbackbot.engine.times.zones import zone_of
from feedbackbot.engine.wording.locales import date_text

#: a code is good until a midnight; people name the day before it
_BEFORE: Final = timedelta(seconds=1)


def give(talk: Talk, step: Reward) -> None:
    """The pool's next code, else the one for everybody, else nothing: what isn't there is not promised."""
    if _has_one(talk, step.pool):
        return
    own = talk.scene.codes.get(step.pool)
    code = own or step.fallback
    talk.note(RewardGiven(step=step.id, pool=step.pool, code=code, common=code != own))
    if code is not None:
        talk.say(_words(talk, step, code, _until(talk, step) if own else None), Purpose.STATEMENT)
        if _is_quoted(talk):
            talk.say(wording(talk, "reward.marks_words"), Purpose.STATEMENT)


def _has_one(talk: Talk, pool: str) -> bool:
    this_turn = (event for event in talk.events if isinstance(event, RewardGiven))
    return pool in talk.scene.rewarded or any(event.pool == pool for event in this_turn)


def _is_quoted(talk: Talk) -> bool:
    """The customer has let the shop show words about this purchase, which will now bear a mark."""
    quote, bought = talk.chat.quote, talk.scene.purchase
    return quote is not None and bought is not None and quote.purchase == bought.number


def _words(talk: Talk, step: Reward, code: str, until: str | None) -> str:
    """The script's own words never go without saying that nothing is expected in return."""
    if not step.say:
        return wording(talk, "reward.say_until" if until else "reward.say", code=code, until=until)
    said = from_script(talk, step.say, reward={"code": code, "until": until})
    if step.disclosure:
        disclosure = from_script(talk, step.disclosure)
    else:
        disclosure = wording(talk, "reward.disclosure")
    return said if disclosure in said else f"{said}\n{disclosure}"


def _until(talk: Talk, step: Reward) -> str | None:
    moment = talk.scene.codes_until.get(step.pool)
    if moment is None:
        return None
    own_words = bool(step.say)
    language = script_now(talk).language if own_words else talk.scene.common.language
    zone = zone_of(talk.scene.shop.timezone)
    return date_text(moment - _BEFORE, language=language, zone=zone)

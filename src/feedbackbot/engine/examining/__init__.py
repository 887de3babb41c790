"""What can be said about scripts only when all steps are known: names, targets, ways through, and what the law asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from feedbackbot.engine.examining.fairness import check_fairness
from feedbackbot.engine.examining.kinds import Facts, check_kinds, facts_of
from feedbackbot.engine.examining.lengths import check_lengths
from feedbackbot.engine.examining.neutrality import check_neutrality
from feedbackbot.engine.examining.proof import prove
from feedbackbot.engine.examining.soundness import can_be_walked, leads_somewhere
from feedbackbot.engine.examining.spoken import check_spoken_kinds
from feedbackbot.engine.examining.unfolding import TooLarge, unfold
from feedbackbot.engine.examining.ways import circles, leads_to, reachable, without_end
from feedbackbot.engine.reading.fields import Mention, Notes
from feedbackbot.engine.reading.names import COMMON_NAMES, every_name
from feedbackbot.engine.reading.phrases import did_you_mean
from feedbackbot.engine.reading.problems import Problem
from feedbackbot.engine.reading.scripting import Draft
from feedbackbot.engine.script import (
    Ask,
    Call,
    Common,
    End,
    Escalate,
    Place,
    Say,
    Script,
    Step,
    Tell,
    TestimonialStep,
    Wait,
)
from feedbackbot.engine.shop import Shop

#: every shop has these; others stand in `_shop.yaml` under `routes`
ROUTES: Final = frozenset(("support", "marketing", "ideas"))
_IN_CONSENT: Final = "It is known only in the `consent` of a `testimonial`."
#: names that are known in one place only, and where that is
_ELSEWHERE: Final = {
    "testimonial": _IN_CONSENT,
    "credit": _IN_CONSENT,
    "uses": _IN_CONSENT,
    "reward": "It is known only in the `say` and the `disclosure` of a `reward`: {{ reward.code }}, {{ reward.until }}.",
}
#: longer questions are not read on a phone
_LONG_QUESTION: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    problems: list[Problem]
    #: scripts whose ways can't be walked as long as something is wrong with them, or with what they call
    unproved: tuple[str, ...]


def examine(
    drafts: Mapping[str, Draft],
    *,
    spoken: Mapping[str, Sequence[Draft]],
    common_mentions: Sequence[Mention],
    common: Common,
    shop: Shop,
    mode: str = "selected_quotes",
    proves: bool = True,
) -> Examined:
    """`spoken` are the same scripts in other languages.

    `proves`: also what takes walking every way; left out where a script was proved before.
    """
    notes = Notes()
    _check_names(common_mentions, COMMON_NAMES | frozenset(every_name(frozenset())), notes)
    found = {name: Notes() for name in drafts}
    for name, draft in drafts.items():
        _check_script(draft, drafts, spoken[name], shop, found[name], proves=proves)
    scripts = {name: draft.script for name, draft in drafts.items()}
    sound = {
        name
        for name, draft in drafts.items()
        if can_be_walked(draft, found[name], facts_of(draft.script, scripts))
    }
    unproved = [name for name in drafts if proves and not _called(name, drafts) <= sound]
    for name, draft in drafts.items():
        if proves and name not in unproved:
            _walk_through(draft, drafts, common, found[name], spoken=spoken, mode=mode)
        notes.problems += found[name].problems
    return Examined(problems=notes.problems, unproved=tuple(unproved))


def _walk_through(
    draft: Draft,
    drafts: Mapping[str, Draft],
    common: Common,
    notes: Notes,
    *,
    spoken: Mapping[str, Sequence[Draft]],
    mode: str,
) -> None:
    scripts = {name: other.script for name, other in drafts.items()}
    try:
        graph = unfold(draft.script, scripts)
        check_fairness(draft.script, graph, notes, mode=mode)
        prove(draft, drafts, graph, common, notes, spoken=spoken)
    except TooLarge as reason:
        place = Place(file=next(iter(draft.script.steps.values())).place.file, line=1, column=1)
        message = f"This script is too large to be proved: {reason}."
        hint = "Decide right behind a question instead of far below it, or write two scripts."
        notes.complain(place, "E520", message, hint)


def _check_script(
    draft: Draft,
    drafts: Mapping[str, Draft],
    spoken: Sequence[Draft],
    shop: Shop,
    notes: Notes,
    *,
    proves: bool,
) -> None:
    script = draft.script
    scripts = {name: other.script for name, other in drafts.items()}
    known = facts_of(script, scripts)
    _check_names(draft.notes.mentions, frozenset(known), notes)
    _check_targets(draft, notes)
    _check_routes(script, shop, notes)
    _check_calls(script, drafts, notes)
    _check_waits(script, notes)
    if leads_somewhere(draft):
        _check_ways(script, notes)
    if proves:
        _check_kinds(draft, known, notes)
        check_spoken_kinds(script, draft.notes.mentions, spoken, known, notes)
        _check_words(script, notes)
        check_neutrality(script, notes)
        check_lengths(script, scripts, shop, notes)


def _check_names(mentions: Sequence[Mention], known: frozenset[str], notes: Notes) -> None:
    for mention in mentions:
        for name in sorted(mention.names - known):
            guess = _ELSEWHERE.get(name.partition(".")[0]) or did_you_mean(name, sorted(known))
            notes.complain(mention.place, "E310", f"The name “{name}” is not known.", guess)


def _check_kinds(draft: Draft, known: Mapping[str, Facts], notes: Notes) -> None:
    for mention in draft.notes.mentions:
        if mention.text and mention.names <= set(known):

            def complain(message: str, hint: str, place: Place = mention.place) -> None:
                notes.complain(place, "E320", message, hint)

            check_kinds(mention.text, known, complain, is_condition=mention.is_condition)


def _check_targets(draft: Draft, notes: Notes) -> None:
    steps = draft.script.steps
    for target in draft.notes.targets:
        if target.goto not in steps:
            guess = did_you_mean(target.goto, tuple(steps))
            notes.complain(target.place, "E420", f"There is no step “{target.goto}”.", guess)


def _check_routes(script: Script, shop: Shop, notes: Notes) -> None:
    known = ROUTES | set(shop.routes)
    for step in script.steps.values():
        if isinstance(step, (Escalate, Tell)) and step.to and step.to not in known:
            message = f"“{step.to}” is no channel of the shop."
            hint = did_you_mean(step.to, tuple(known)) or "Add it to `routes` of _shop.yaml."
            notes.complain(step.place, "E421", message, hint)


def _check_calls(script: Script, drafts: Mapping[str, Draft], notes: Notes) -> None:
    for step in script.steps.values():
        if not isinstance(step, Call) or not step.script:
            continue
        if step.script not in drafts:
            guess = did_you_mean(step.script, tuple(drafts))
            notes.complain(step.place, "E422", f"There is no script “{step.script}”.", guess)
        elif script.name in _called(step.script, drafts):
            notes.complain(
                step.place, "E423", "A script can't call itself, not even through others."
            )


def _called(name: str, drafts: Mapping[str, Draft]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found and current in drafts:
            found.add(current)
            steps = drafts[current].script.steps.values()
            waiting += [step.script for step in steps if isinstance(step, Call)]
    return found


def _check_waits(script: Script, notes: Notes) -> None:
    for step in script.steps.values():
        if isinstance(step, Wait) and (step.duration or timedelta()) >= script.expire:
            message = f"“{step.id}” waits longer than the conversation lives."
            notes.complain(step.place, "E424", message, "Raise `expire`, or wait less.")


def _check_words(script: Script, notes: Notes) -> None:
    for step in script.steps.values():
        if isinstance(step, (Ask, TestimonialStep)):
            _check_silence(step, script, notes)
        if isinstance(step, Ask) and len(step.ask) > _LONG_QUESTION:
            message = f"This question has {len(step.ask)} characters; {_LONG_QUESTION} are enough."
            notes.complain(step.place, "W602", message)


def _check_silence(step: Ask | TestimonialStep, script: Script, notes: Notes) -> None:
    after = script.steps.get(step.timeout.goto)
    if isinstance(after, Say) or (isinstance(after, End) and after.say):
        message = f"Who does not answer “{step.id}” is written to by “{after.id}”."
        notes.complain(step.place, "W601", message, "Let the time-out lead to a quiet end.")


def _check_ways(script: Script, notes: Notes) -> None:
    edges = leads_to(script)
    met = reachable(script.first, edges)
    for step in _missing(script, met):
        notes.complain(step.place, "E430", f"Nothing leads to the step “{step.id}”.")
    for step in without_end(script, edges):
        message = f"From the step “{step.id}” the conversation never comes to an end."
        notes.complain(step.place, "E431", message)
    for circle in circles(script):
        names = " → ".join(step.id for step in circle)
        message = f"These steps go round without a question or a wait: {names}."
        notes.complain(circle[0].place, "E432", message)


def _missing(script: Script, met: frozenset[str]) -> Iterator[Step]:
    return (step for name, step in script.steps.items() if name not in met)

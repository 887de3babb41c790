"""Questions that push towards an answer: one-sided, emotional, two in one, or a scale that leans to one side."""

from __future__ import annotations

import re
from typing import Final

from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.script import Ask, QuestionType, Script, TestimonialStep

_SCALES: Final = (QuestionType.RATING, QuestionType.NPS, QuestionType.CES, QuestionType.GAP)
_EMOTION: Final = re.compile(
    r"\b(love[ds]?|ador\w+|amazing|awesome|fantastic|wonderful|excellent|delight\w*|thrilled"
    r"|incredible|perfect|terrible|awful|horrible|encanta\w*|increíble|maravillos\w*"
    r"|toll|großartig\w*|wunderbar\w*|begeister\w*|maravilhos\w*|incrível)\b",
    re.IGNORECASE,
)
_LEADING: Final = re.compile(
    r"\b(don[’']t you|isn[’']t it|wasn[’']t it|wouldn[’']t you|didn[’']t you|aren[’']t you"
    r"|do you agree|would you agree|surely|of course you|how much did you (like|enjoy)"
    r"|how (great|good|happy|pleased) (was|were|are)|verdad\?|oder\?|nicht wahr|não é\?)",
    re.IGNORECASE,
)
#: a word that leans to one side, and its other end
_SIDES: Final = (
    (r"\bsatisfied\b", r"\b(dis|un)satisfied\b"),
    (r"\b(dis|un)satisfied\b", r"(?<!dis)(?<!un)\bsatisfied\b"),
    (r"\bhappy\b", r"\bunhappy\b"),
    (r"\beasy\b", r"\b(difficult|hard)\b"),
    (r"\bgood\b", r"\b(bad|poor)\b"),
    (r"\bhelpful\b", r"\bunhelpful\b"),
    (r"\bsatisfech[oa]\b", r"\binsatisfech[oa]\b"),
    (r"\bzufrieden\b", r"\bunzufrieden\b"),
    (r"\bsatisfeit[oa]\b", r"\binsatisfeit[oa]\b"),
)
_TWO_IN_ONE: Final = re.compile(r"\band/or\b|\by/o\b|\bund/oder\b|\be/ou\b", re.IGNORECASE)
_AND: Final = re.compile(r"\w\s+(and|und)\s+\w", re.IGNORECASE)
_BOTH_ENDS: Final = re.compile(r"\b(very|not at all|extremely|sehr|muy|muito)\b", re.IGNORECASE)
_AGREE: Final = re.compile(r"\b(dis)?agree\b|\bstimmen sie zu\b|\bde acuerdo\b", re.IGNORECASE)
_GATE: Final = re.compile(
    r"\b(since|because|as|if) (you|you[’']re|you are|you were|a)\b[^.?!]*"
    r"\b(happy|satisfied|loved?|liked|enjoyed|pleased|delighted|positive)\b"
    r"|\b(5|five)[- ]stars?\b|\bpositive (review|words|feedback)\b",
    re.IGNORECASE,
)
_GOOD: Final = re.compile(
    r"\b(good|great|excellent|happy|satisfied|better|best|amazing|love|fantastic|perfect|easy)\b",
    re.IGNORECASE,
)
_BAD: Final = re.compile(
    r"\b(bad|poor|terrible|unhappy|(dis|un)satisfied|worse|worst|awful|hate|difficult|hard"
    r"|not (so )?(good|great|happy|satisfied|easy))\b",
    re.IGNORECASE,
)


def check_neutrality(script: Script, notes: Notes) -> None:
    """Warnings only: whether a word pushes is for people to judge."""
    for step in script.steps.values():
        if isinstance(step, Ask):
            _check_question(step, notes)
            _check_choices(step, notes)
        elif isinstance(step, TestimonialStep) and (found := _GATE.search(step.ask)):
            message = f"“{found[0]}” lets only the happy speak; ask everybody in the same words."
            notes.complain(step.place, "W615", message)


def _check_question(ask: Ask, notes: Notes) -> None:
    if ask.type is QuestionType.CES:
        # its wording is a standard, agreement with one side included
        return
    text = " ".join(part for part in re.split(r"(?<=[.!?])\s+", ask.ask) if part.endswith("?"))
    stem = text or ask.ask
    for pattern, code in ((_EMOTION, "W610"), (_LEADING, "W611")):
        if found := pattern.search(stem):
            message = f"“{found[0]}” puts an answer into the customer's mouth."
            notes.complain(ask.place, code, message, "Ask without a feeling in the question.")
    if ask.type in _SCALES or ask.type is QuestionType.YESNO:
        _check_one_sided(ask, notes)
    is_double = ask.type in _SCALES and _AND.search(stem) and not _BOTH_ENDS.search(stem)
    if _TWO_IN_ONE.search(stem) or is_double:
        message = "This asks for two things at once; nobody can tell which one was answered."
        notes.complain(ask.place, "W613", message, "Ask one question about one thing.")
    if ask.type in _SCALES and _AGREE.search(stem):
        message = "People tend to agree with whatever stands there; ask for the thing itself."
        notes.complain(ask.place, "W616", message)


def _check_one_sided(ask: Ask, notes: Notes) -> None:
    for one, other in _SIDES:
        found = re.search(one, ask.ask, re.IGNORECASE)
        if found and not re.search(other, ask.ask, re.IGNORECASE):
            message = f"“{found[0]}” names only one end of the scale."
            hint = "Such as: How satisfied or dissatisfied are you …?"
            notes.complain(ask.place, "W612", message, hint)


def _check_choices(ask: Ask, notes: Notes) -> None:
    labels = tuple(ask.choices.values())
    bad = sum(1 for label in labels if _BAD.search(label))
    good = sum(1 for label in labels if _GOOD.search(label) and not _BAD.search(label))
    if abs(good - bad) >= 2:
        side = "kind" if good > bad else "harsh"
        message = (
            f"There are {good} kind answers and {bad} harsh ones: the scale leans to the {side}."
        )
        notes.complain(ask.place, "W614", message, "Offer as many of one kind as of the other.")

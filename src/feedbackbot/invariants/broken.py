"""What an invariant is called, and how a broken one is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    #: a customer talks about one thing at a time, and is asked one question of it
    ONE_OPEN_STEP = "one_open_step"
    #: what came in was applied as a whole: words, answers, rows and the state of the chat belong together
    NOTHING_HALF_APPLIED = "nothing_half_applied"
    #: the transcript stands in the order in which things came
    TRANSCRIPT_IN_ORDER = "transcript_in_order"
    #: a complaint stands in Slack, is on its way there, or has a clock that runs; and a clock that runs has its timer
    COMPLAINTS_REACH_PEOPLE = "complaints_reach_people"
    #: what is public has a live consent to exactly these words
    PUBLIC_WITH_CONSENT = "public_with_consent"
    #: after a stop, or an erasure, only what was then asked for; while the bot is blocked, nothing
    SILENT_AFTER_STOP = "silent_after_stop"
    #: whatever waits, waits for something that will come
    NOTHING_STUCK = "nothing_stuck"
    #: one purchase and one script give one conversation
    TALKED_ABOUT_ONCE = "talked_about_once"
    #: no code is given twice
    CODES_GIVEN_ONCE = "codes_given_once"
    #: the messages of a chat left in the order of their rows
    SENT_IN_ORDER = "sent_in_order"
    #: nothing that an erased customer said or was called is left
    ERASED_IS_EMPTY = "erased_is_empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One promise that one row does not keep."""

    rule: Rule
    #: "customer:7", "outbox:12"
    subject: str
    #: what is wrong, for whoever looks after the bot; never anybody's words
    sentence: str

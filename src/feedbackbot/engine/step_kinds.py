"""What each kind of step is called in a script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from feedbackbot.engine.script import (
    Ask,
    Branch,
    Call,
    End,
    Escalate,
    ReviewLink,
    Reward,
    Say,
    SetNames,
    Tell,
    TestimonialStep,
    Wait,
)

KIND_OF: Final[Mapping[type, str]] = {
    Ask: "ask",
    Branch: "branch",
    SetNames: "set",
    Wait: "wait",
    Escalate: "escalate",
    Tell: "tell",
    TestimonialStep: "testimonial",
    Reward: "reward",
    ReviewLink: "review_link",
    Call: "call",
    End: "end",
    Say: "say",
}

"""E5: what is fair and lawful, and what the script has promised, over every way."""

from __future__ import annotations

from typing import Final

PROMISES: Final = {
    "E501": (
        "A link to a review site, or a reward, is reached only after certain answers.",
        "Let every way lead there, or none. Asking only the happy for public reviews, and paying for a score, are against the law in many countries.",
    ),
    "E502": (
        "The words around a reward or a link to a review site depend on what was answered.",
        "Say the same to everybody: take the answer out of this text.",
    ),
    "E503": (
        "After a complaint something is given, and then words or a review are asked for: that reads as a deal.",
        "Do one or the other; put the other into a script of its own.",
    ),
    "E504": (
        "One text offers something and speaks of a review or of good words.",
        "Say that the gift is a thank-you for the purchase, whatever anybody writes, or leave it out.",
    ),
    "E505": (
        "One conversation gives something and asks for a quote; whoever reads the quote would have to be told.",
        "Give it in a script of its own, such as a month later; the quote then bears the words “received a thank-you code” by itself.",
    ),
    "E510": (
        "A promise of this script is broken on the way that is shown.",
        "Type the lines behind “you>” into feedbackbot play to see it, and lead that way where the promise holds; or take the promise out.",
    ),
    "E512": (
        "On some way more questions are asked than `max_questions` allows.",
        "Leave a question out on that way, or raise max_questions.",
    ),
    "E513": (
        "Somebody who has declined to be quoted would be asked again.",
        "A conversation asks for one quote: lead past this step, or take one of them out.",
    ),
    "E514": (
        "Somebody who has just said that it is not put right would be asked for a quote.",
        "Lead from “not yet” back to people (escalate:), or to an end.",
    ),
    "E520": (
        "The script has too many ways to look at all of them.",
        "Decide right behind a question instead of far below it, or write two scripts.",
    ),
}

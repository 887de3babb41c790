"""W: advice; nothing is refused for it."""

from __future__ import annotations

from typing import Final

ADVICE: Final = {
    "W330": (
        "With very long answers the message gets too long, and the rest is cut off.",
        "Shorten what people wrote: {{ problem | shorten(300) }}",
    ),
    "W601": (
        "Somebody who did not answer is written to once more.",
        "Let the time-out lead to a quiet end: a step with end: and no say:.",
    ),
    "W602": (
        "The question is longer than people read on a phone.",
        "Ask in one or two sentences; explain in a say: before it, if need be.",
    ),
    "W603": (
        "No conversation ever takes this way.",
        "Correct its condition, or delete the line.",
    ),
    "W605": (
        "Only some scores are asked for a quote, although everybody's words are published.",
        "Ask all of them the same, or publish selected quotes (FEEDBACKBOT_PUBLICATION_MODE=selected_quotes).",
    ),
    "W606": (
        "Whoever is given something is asked for a public review afterwards.",
        "Keep rewards and links to review sites in different scripts: review sites forbid rewards.",
    ),
    "W610": (
        "A feeling stands in the question, and people answer the feeling.",
        "Ask without it: “How was the delivery?”, not “Were you thrilled by the delivery?”",
    ),
    "W611": (
        "The question puts an answer into the customer's mouth.",
        "Ask so that a good and a bad answer are equally easy.",
    ),
    "W612": (
        "The question names only one end of the scale.",
        "Name both: How satisfied or dissatisfied are you with …?",
    ),
    "W613": (
        "The question asks for two things at once; nobody can tell which one was answered.",
        "Ask one question about one thing.",
    ),
    "W614": (
        "There are more kind answers than harsh ones, or the other way round.",
        "Offer as many of one kind as of the other.",
    ),
    "W615": (
        "Only the happy are invited to speak.",
        "Ask everybody in the same words: “What would you tell others about it?”",
    ),
    "W616": (
        "People tend to agree with whatever stands there.",
        "Ask for the thing itself: “How easy was it?”, not “Do you agree that it was easy?”",
    ),
    "W701": (
        "A text is not translated yet; it is said in the language of the script.",
        "feedbackbot i18n update adds it to the translation, with the original beside it.",
    ),
    "W702": (
        "The original has changed since it was translated.",
        "Read the two, correct the translation if need be, and write the mark that is shown behind `of`.",
    ),
    "W703": (
        "The translation has a text that the script no longer has.",
        "Delete it, or give it the key that is proposed.",
    ),
    "W704": (
        "The original says a name between {{ }} that the translation leaves out.",
        "Put it in, unless the sentence is complete without it.",
    ),
    "W705": (
        "The script speaks a language that the built-in sentences are not in.",
        "feedbackbot i18n update makes _common.language.yaml, to be filled in.",
    ),
}

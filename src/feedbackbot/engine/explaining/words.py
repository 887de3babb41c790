"""E3: texts and conditions say what can't be said."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "E301": (
        "The part between {{ and }} can't be read, or is not possible in texts.",
        "Write a name between them, such as {{ customer.first_name or 'there' }}; loops, macros and calls are not possible.",
    ),
    "E302": (
        "The condition can't be read, or is not possible.",
        "Compare a name with a value: if: score <= 2, if: cause == 'late', if: score in [1, 2]; no braces, and == for “is”.",
    ),
    "E304": (
        "The words on a button can't contain {{ }}.",
        "Write them out; what depends on the customer belongs into the question.",
    ),
    "E305": (
        "These words are too long for a button on a phone.",
        "Shorten them, and say the rest in the question.",
    ),
    "E310": (
        "Nothing has this name here.",
        "Write the name that is proposed, or one that a `save` of this script makes. testimonial… is known in `consent` only, reward… in the `say` of a `reward`.",
    ),
    "E311": (
        "Before the conversation begins only the customer, the purchase and the shop are known.",
        "Ask for them in `start`, as in if: not purchase.gift; a branch: behind a question can look at its answer.",
    ),
    "E312": (
        "On some way this name has no value yet: not asked, skipped, or nobody answered.",
        "Guard it in a text with {{ problem or 'no details' }}, in a condition with “problem and …” or “problem is none”, or lead such ways past this step.",
    ),
    "E320": (
        "Two kinds of things are compared, or used as what they are not.",
        "Compare numbers with numbers (score <= 2), and choices with their keys in quotes (cause == 'late').",
    ),
    "E330": (
        "This can get longer than Telegram lets one message be.",
        "Shorten your text, or what people wrote in it: {{ problem | shorten(300) }}",
    ),
    "E331": (
        "This can get longer than what Slack shows.",
        "Shorten it; the customer's own words stand below in any case.",
    ),
    "E332": (
        "These buttons can't be sent: too many, or one that is empty or too long.",
        "Offer fewer, each with a short key and a few words.",
    ),
    "E333": (
        "Telegram does not take this as a link.",
        "Write a whole address: https://example.com/review",
    ),
}

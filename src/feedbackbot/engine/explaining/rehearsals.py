"""E6: the tests of a script (`name.test.yaml`) can't be read."""

from __future__ import annotations

from typing import Final

REHEARSALS: Final = {
    "E601": (
        "There is no script beside this file of tests.",
        "Name it after the script: after_purchase.test.yaml tests after_purchase.yaml",
    ),
    "E602": (
        "A file of tests is a list.",
        'Begin with - test: "what it shows", and below it given: and turns:',
    ),
    "E603": (
        "Two tests have the same name.",
        "Say in each name what it shows.",
    ),
    "E604": (
        "There is no turn of this name.",
        "Write one of those that are listed, such as - bot:, - tap:, - send: or - wait:",
    ),
    "E605": (
        "A turn says one thing, and here stand several.",
        "Put each behind a dash of its own.",
    ),
    "E606": (
        "The link has been opened when a test begins.",
        "Leave this turn out, and begin with what the bot says.",
    ),
    "E611": (
        "There is no time zone of this name.",
        "Write a continent and a city: timezone: Europe/London",
    ),
    "E612": (
        "A number is needed here.",
        "Write digits without a currency: total: 129.00",
    ),
    "E613": (
        "This is no moment.",
        'Write 3d (so long ago), "2026-11-20", "2026-11-20 14:30", or none.',
    ),
    "E614": (
        "The script waits for no command, so it can't begin with one.",
        "Leave begin: out, or give the script start: {on: command, command: …}",
    ),
    "E615": (
        "This is no language.",
        "Write the short name of one, such as language: es",
    ),
    "E621": (
        "No script writes to this channel.",
        "Write one of those that are listed, such as support.",
    ),
    "E622": (
        "No answer is saved under this name.",
        "Write a name that stands behind `save` in the script.",
    ),
    "E623": (
        "The script has no end of this name.",
        "Write what stands behind end: in one of its steps.",
    ),
    "E624": (
        "One of several keys is needed, and none of them is there.",
        "Write one of those that are listed.",
    ),
    "E625": (
        "This does not say what staff do.",
        "Write one act: staff: {claim: Rita}, {reply: …} or {resolve: …}",
    ),
    "E626": (
        "No script here has a button with these words.",
        "Write what stands on the button, as the customer reads it: - tap: Yes, solved",
    ),
}

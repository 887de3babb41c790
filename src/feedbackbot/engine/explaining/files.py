"""E1: the file itself can't be read as YAML."""

from __future__ import annotations

from typing import Final

FILES: Final = {
    "E100": (
        "The file is far larger than a script can be.",
        "Take out what is no script, or write two scripts, one of which has a step with call:.",
    ),
    "E101": (
        "YAML does not understand the file from here on.",
        'Look at this line and the one above: a missing colon or quote, or another indentation. Texts stand in straight quotes: say: "Hello."',
    ),
    "E102": (
        "There are two documents in one file, parted by ---.",
        "Remove the --- line, or put the second script into a file of its own.",
    ),
    "E103": (
        "The file is empty.",
        "Write a script into it (feedbackbot init copies some to begin with), or delete it.",
    ),
    "E104": (
        "Anchors and aliases (&name, *name) are not possible.",
        'Write the value out where it is needed. A text that begins with & or * needs quotes: "*Thanks*".',
    ),
    "E105": (
        "A tag, such as !something, is not possible.",
        'Leave it out; a text that begins with ! needs quotes: "!Important".',
    ),
    "E106": (
        "The same key stands twice in one place, and only one of the two could count.",
        "Delete one of them, or give it the name that was meant.",
    ),
    "E107": (
        "YAML takes {{ without quotes for something else than a text.",
        'Put quotes around the whole text: ask: "{{ customer.first_name }}, how was it?"',
    ),
    "E108": (
        "Something else than a plain word stands before a colon.",
        "Write key: value, the key being one word; a text that contains a colon needs quotes.",
    ),
    "E109": (
        "There is a tab in front of a line; YAML takes only spaces there.",
        "Replace each tab by two spaces; editors can do that by themselves.",
    ),
    "E110": (
        "There is no such folder.",
        "Name the folder that your scripts lie in: feedbackbot check conversations",
    ),
    "E111": (
        "The file is not UTF-8 text.",
        "Save it again with the encoding UTF-8.",
    ),
    "E112": (
        "The file can't be read.",
        "Look whether it is still there, and whether you may read it.",
    ),
    "E113": (
        "There is no script in this folder any more.",
        "Put the script back; meanwhile the last version that was in order goes on.",
    ),
}

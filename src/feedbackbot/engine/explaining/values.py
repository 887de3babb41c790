"""E2: a key or a value is not what is possible in its place."""

from __future__ import annotations

from typing import Final

VALUES: Final = {
    "E201": (
        "There is no key, sentence or button of this name here.",
        "Write the name that is proposed, or delete the line. An editor with the modeline offers what is possible.",
    ),
    "E202": (
        "Something that is needed is missing.",
        "Add the key that is named; docs/writing-scripts.md has an example of every step.",
    ),
    "E203": (
        "A single text or value is needed here, and a list or a table stands there.",
        'Write one text in quotes: say: "Hello."',
    ),
    "E204": (
        "A text is needed here, and this is none: a number, true, ~, or nothing at all.",
        'Put quotes around it ("5"), write what is to be said, or take the whole line out.',
    ),
    "E205": (
        "This is not a duration.",
        "Write 90s, 15m, 2h, 3d, 1w, or combined 1d12h.",
    ),
    "E206": (
        "A whole number is needed here.",
        "Write digits without a unit, such as times: 2",
    ),
    "E207": (
        "Only true or false is possible here.",
        "Write optional: true, without quotes.",
    ),
    "E208": (
        "This is none of the possible values.",
        "Write one of those that are listed, exactly so.",
    ),
    "E209": (
        "A list is needed here.",
        "Put each item behind a dash in a line of its own, or write [one, two].",
    ),
    "E210": (
        "What follows # in a text without quotes is a comment and would be cut off.",
        'Put quotes around the text: say: "We are #1 in boots."',
    ),
    "E211": (
        "A table is needed here: keys with values.",
        "Write key: value, each in a line of its own, two spaces further to the right.",
    ),
    "E212": (
        "This is no time of day and no moment that a wait can end at.",
        'Write wait: 2d, wait: {until: "10:00"}, or wait: {until: escalation.check_on}.',
    ),
    "E213": (
        "This can't be the photo of a `say`.",
        "Put the picture into the folder of the scripts and write its name only: photo: boots.jpg",
    ),
    "E214": (
        "The buttons of a `say` are links.",
        'Write buttons: {"Our shop": "https://example.com"}; an `ask` with type: choice has buttons to answer with.',
    ),
    "E215": (
        "This is not a link that begins with https://.",
        "Write the whole address: https://example.com/review",
    ),
    "E216": (
        "This can't be a name.",
        "Use small letters, digits and _, beginning with a letter: what_happened",
    ),
    "E217": (
        "This name has a meaning already, so no answer can be saved under it.",
        "Choose another: save: first_score instead of save: purchase",
    ),
    "E218": (
        "These are no choices.",
        'Write choices: {good: "Good", bad: "Bad"}: a key for conditions, and the words on its button.',
    ),
    "E219": (
        "Two buttons of one question bear the same words.",
        "Give each its own: nobody could tell them apart.",
    ),
    "E220": (
        "A question has too few or too many buttons.",
        "Offer two at least; ask a second question where there are too many for a phone.",
    ),
    "E221": (
        "This type of question has no such answer.",
        "Name only the answers that are listed; type: choice has answers of your own.",
    ),
    "E222": (
        "Only a question for words has shortcuts as buttons.",
        "Write type: choice with choices:, or type: text with buttons:.",
    ),
    "E223": (
        "This pattern is wrong, or could take for ever to compare.",
        'Write a simpler one, without a repetition inside a repetition: matches: "[0-9]{5}"',
    ),
    "E224": (
        "Two different times of day are needed here.",
        'Write between: ["09:00", "20:00"], in quotes.',
    ),
    "E225": (
        "There is no time zone of this name.",
        "Write a continent and a city: timezone: Europe/London",
    ),
    "E226": (
        "These opening hours can't be read.",
        'Write a day or some days, and from when to when: mon-fri: "9:00-18:00"',
    ),
    "E227": (
        "This is no day.",
        "Write year, month and day: 2026-12-25",
    ),
    "E228": (
        "This is no colour.",
        'Write it as web pages do, in quotes: "#1f6f5c"',
    ),
    "E229": (
        "The text stands in printed quotes (“…”), which customers would read.",
        'Use the straight ones of the keyboard around a text: say: "Hello."',
    ),
}

"""E4: the steps do not make a conversation."""

from __future__ import annotations

from typing import Final

STEPS: Final = {
    "E401": (
        "This step does not say what it does.",
        "Give it a key for that, such as say:, ask:, branch:, escalate: or end:.",
    ),
    "E402": (
        "The step does not say what comes next.",
        "Add next: with the id of a step; only end: needs none.",
    ),
    "E403": (
        "A line of a list of ways says neither `if` with `goto`, nor `else`.",
        "Write - {if: score <= 2, goto: what_happened}, or as the last one - {else: bye}.",
    ),
    "E404": (
        "The list of ways does not end in `else`, so there might be none to go.",
        "Add a last line: - {else: bye}",
    ),
    "E405": (
        "What follows `else` is never reached.",
        "Make `else` the last line.",
    ),
    "E406": (
        "The question has no time-out, so a conversation could wait for ever.",
        "Add timeout: {after: 3d, goto: quiet} here, or above the steps for the whole script.",
    ),
    "E411": (
        "The file and the script in it have different names.",
        "Give them the same: after_purchase.yaml begins with script: after_purchase",
    ),
    "E412": (
        "This version of the language is not known.",
        "Write spec: 1",
    ),
    "E413": (
        "The command that begins the script is missing, taken already, or stands without on: command.",
        "Write start: {on: command, command: feedback}, with a word that no other script and none of the built-in commands has.",
    ),
    "E414": (
        "A promise says either `must` or `never`.",
        "Write - {if: score <= 2, must: escalate} or - {if: score <= 3, never: testimonial}; two promises are two lines.",
    ),
    "E415": (
        "This word has a meaning already, so no step can be called so.",
        "Choose another id.",
    ),
    "E416": (
        "Two steps have the same id.",
        "Give one of them another, and look where `goto` and `next` lead.",
    ),
    "E420": (
        "There is no step of this id to go to.",
        "Write the id that is proposed, or add the step.",
    ),
    "E421": (
        "The shop has no channel of this name.",
        "Write support, marketing or ideas, or add the name to `routes` of _shop.yaml.",
    ),
    "E422": (
        "There is no script of this name to call.",
        "Write the name of another file of this folder, without .yaml.",
    ),
    "E423": (
        "A script can't call itself, not even through others.",
        "Lead back to a step of the same script with goto: instead.",
    ),
    "E424": (
        "The wait is longer than the conversation lives.",
        "Raise `expire` of the script, or wait less.",
    ),
    "E430": (
        "Nothing leads to this step.",
        "Lead a way to it with next: or goto:, or delete it.",
    ),
    "E431": (
        "From this step the conversation never comes to an end.",
        "Let one of its ways lead to a step with end:.",
    ),
    "E432": (
        "These steps go round without a question or a wait, so they would never stop.",
        "Put a question or a wait between them, or lead one way out.",
    ),
    "E433": (
        "A conversation can go round here without end.",
        "Only a return from an escalation may. Lead one way on: ask again with retry: {times: 2, …} instead of a goto back.",
    ),
    "E434": (
        "With some answers the conversation never comes to an end from here.",
        "Follow the conversation that is shown, and let its last step lead to an end.",
    ),
}

"""Commands that work at any time, whatever is open."""

from __future__ import annotations

from feedbackbot.engine.happenings import Command, LinkOpened, LinkState
from feedbackbot.engine.talking import aside_answers, people, rights, stopping, welcomes
from feedbackbot.engine.talking.asides import close_aside
from feedbackbot.engine.talking.talk import Talk


def obey(talk: Talk, command: Command) -> None:
    match command.name:
        case "stop":
            aside_answers.settle(talk)
            stopping.stop(talk)
        case "start":
            aside_answers.settle(talk)
            link = LinkOpened(state=LinkState.NONE, message_key=command.message_key)
            welcomes.open_link(talk, link)
        case "human":
            call_a_person(talk)
        case "privacy":
            rights.explain_privacy(talk)
        case "mydata":
            rights.copy(talk)
        case "withdraw":
            aside_answers.settle(talk)
            rights.withdraw(talk)
        case "forget":
            aside_answers.settle(talk)
            rights.ask_to_forget(talk)
        case _:
            rights.help_out(talk)


def call_a_person(talk: Talk) -> None:
    aside = talk.chat.aside
    if aside is not None and aside.key == "nothing_open":
        people.pass_on_to_person(talk, aside)
        return
    if aside is not None and aside.key == "human":
        close_aside(talk)
    aside_answers.settle(talk)
    people.ask_for_words(talk, origin="human")

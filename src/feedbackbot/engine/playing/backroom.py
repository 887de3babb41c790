"""What is typed for the people behind the bot: /staff and /marketing, with what they can say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from feedbackbot.engine.playing import PlayedCase, Player, backstage
from feedbackbot.engine.playing.notebook import Notebook
from feedbackbot.engine.playing.props import STAFF
from feedbackbot.engine.times.durations import find_duration

STAFF_HELP: Final = (
    "/staff claim, /staff release, /staff reply TEXT, /staff typing, "
    "/staff resolve cause=quality outcome=replaced check=2d, or /staff reopen"
)
MARKETING_HELP: Final = "/marketing edit TEXT, or /marketing publish"
_RESOLVED: Final = {"cause": "quality", "outcome": "replaced", "check": "2d"}


class Backroom:
    """Acts in a player, and leaves each act in the notebook; `tell` says what can't be done."""

    def __init__(self, player: Player, notebook: Notebook, tell: Callable[[str], None]) -> None:
        self._player = player
        self._notebook = notebook
        self._tell = tell

    def staff(self, act: str) -> None:
        verb, _, text = act.partition(" ")
        case = self._player.open_case()
        if case is None:
            self._tell("Nothing has been handed to the team so far.")
        else:
            self._staff_act(case, verb, text.strip())

    def marketing(self, act: str) -> None:
        verb, _, text = act.partition(" ")
        number = max(self._player.consents, default=None)
        if number is None:
            self._tell("The customer has agreed to no quote so far.")
        elif verb == "edit" and text:
            self._notebook.did_with("marketing", {"edit": text})
            backstage.suggest(self._player, number, text)
        elif verb == "publish":
            self._notebook.did("marketing", "publish")
            backstage.publish(self._player, number)
        else:
            self._tell(MARKETING_HELP)

    def _staff_act(self, case: PlayedCase, verb: str, text: str) -> None:
        name = case.owner or STAFF
        if verb == "claim":
            self._notebook.did_with("staff", {"claim": text or STAFF})
            backstage.claim(self._player, case, text or STAFF)
        elif verb == "release" and case.owner:
            self._notebook.did("staff", "release")
            backstage.release(self._player, case)
        elif verb == "reply" and text:
            self._notebook.did_with("staff", {"reply": text})
            backstage.answer(self._player, case, name, text=text)
        elif verb == "typing":
            self._notebook.did("staff", "typing")
            backstage.open_reply_form(self._player, case)
        elif verb == "resolve" and case.resolved:
            self._tell("The team has resolved this already; /staff reopen opens it again.")
        elif verb == "resolve":
            self._resolve(case, name, text)
        elif verb == "reopen":
            self._notebook.did_with("staff", {"reopen": name})
            backstage.reopen(self._player, case, name)
        else:
            self._tell(STAFF_HELP)

    def _resolve(self, case: PlayedCase, name: str, options: str) -> None:
        given = dict(part.partition("=")[::2] for part in options.split())
        facts = _RESOLVED | given
        check = find_duration(facts["check"])
        if set(given) - set(_RESOLVED) or check is None:
            self._tell(STAFF_HELP)
            return
        self._notebook.resolved(
            {"cause": facts["cause"], "action": facts["outcome"], "check": facts["check"]}
        )
        backstage.resolve(
            self._player, case, name, cause=facts["cause"], outcome=facts["outcome"], check=check
        )

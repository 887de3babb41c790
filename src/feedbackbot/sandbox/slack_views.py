"""views.*: modals, the triggers that may open them once, and what Slack refuses in them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from feedbackbot.sandbox import credentials
from feedbackbot.sandbox.slack_args import Args
from feedbackbot.sandbox.slack_blocks import check_blocks
from feedbackbot.sandbox.slack_chat import with_ids
from feedbackbot.sandbox.slack_state import Modal, SlackRefusalError, SlackState
from feedbackbot.sandbox.wire import Json, encode

LARGEST_VIEW = 250_000
DEEPEST = 3
_LONGEST = {"callback_id": 255, "external_id": 255, "private_metadata": 3000}
_LABELS = ("title", "submit", "close")


@dataclass(slots=True, kw_only=True)
class Trigger:
    user: str
    at: float
    #: The modal it was pressed in, if any.
    root: str | None
    opened: str | None = None


class Views:
    def __init__(self, state: SlackState) -> None:
        self._state = state
        self._triggers: dict[str, Trigger] = {}

    def new_trigger(self, user: str, *, root: str | None = None) -> str:
        """Opens one modal for this person, within three seconds."""
        trigger_id = (
            f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        )
        self._triggers[trigger_id] = Trigger(user=user, at=self._state.clock.now(), root=root)
        return trigger_id

    def opened_by(self, trigger_id: str) -> str | None:
        """The modal that this trigger opened."""
        return self._triggers[trigger_id].opened

    def open(self, args: Args) -> Json:
        trigger, view = self._triggered(args)
        modal = self._show(trigger.user, view, previous=None)
        trigger.opened = modal.id
        return {"ok": True, "view": modal.view}

    def push(self, args: Args) -> Json:
        trigger, view = self._triggered(args)
        if trigger.root is None or trigger.root not in self._state.modals:
            raise SlackRefusalError("not_found")
        modal = self.pushed(self._state.modals[trigger.root], view)
        trigger.opened = modal.id
        return {"ok": True, "view": modal.view}

    def update(self, args: Args) -> Json:
        modal = self._find(args)
        if args.text("hash") and args.text("hash") != modal.view["hash"]:
            raise SlackRefusalError("hash_conflict")
        self.replace(modal, _checked(args.parsed("view")))
        return {"ok": True, "view": modal.view}

    def pushed(self, below: Modal, view: object) -> Modal:
        if self._depth(below) >= DEEPEST:
            raise SlackRefusalError("push_limit_reached")
        return self._show(below.user, _checked(view), previous=below)

    def replace(self, modal: Modal, view: object) -> None:
        checked = _checked(view)
        fresh = self._filled(checked, modal.id)
        kept = {name: modal.view[name] for name in ("id", "root_view_id", "previous_view_id")}
        modal.view = {**fresh, **kept}
        modal.errors = {}
        self._tell(modal, "modal updated")

    def close(self, modal: Modal, *, all_of_them: bool = False) -> list[Modal]:
        """Take it away, and with `all_of_them` the whole stack; what was closed, top first."""
        gone = [modal]
        if all_of_them:
            root = modal.view["root_view_id"]
            stack = [one for one in self._state.modals.values() if one.view["root_view_id"] == root]
            gone = stack[::-1]
        for one in gone:
            self._state.modals.pop(one.id, None)
        self._tell(modal, "modal closed")
        return gone

    def _triggered(self, args: Args) -> tuple[Trigger, Json]:
        trigger = self._triggers.get(args.required("trigger_id"))
        if trigger is None:
            raise SlackRefusalError("invalid_trigger_id")
        if trigger.opened:
            raise SlackRefusalError("exchanged_trigger_id")
        view = _checked(args.parsed("view"))
        if self._state.clock.now() - trigger.at > self._state.rules.trigger_seconds:
            raise SlackRefusalError("expired_trigger_id")
        self._check_external_id(view)
        return trigger, view

    def _check_external_id(self, view: Json) -> None:
        wanted = view.get("external_id")
        if wanted and any(one.view["external_id"] == wanted for one in self._state.modals.values()):
            raise SlackRefusalError("duplicate_external_id")

    def _show(self, user: str, view: Json, *, previous: Modal | None) -> Modal:
        modal = Modal(user=user, view=self._filled(view, self._state.new_id("V")))
        if previous is not None:
            modal.view["previous_view_id"] = previous.id
            modal.view["root_view_id"] = previous.view["root_view_id"]
        self._state.modals[modal.id] = modal
        self._tell(modal, "modal opened")
        return modal

    def _filled(self, view: Json, view_id: str) -> Json:
        stamp = self._state.new_ts()
        return {
            "private_metadata": "",
            "callback_id": "",
            "close": None,
            "submit": None,
            "clear_on_close": False,
            "notify_on_close": False,
            "external_id": "",
            **view,
            "id": view_id,
            "team_id": credentials.SLACK_TEAM,
            "app_id": credentials.SLACK_APP_ID,
            "bot_id": credentials.SLACK_BOT_ID,
            "app_installed_team_id": credentials.SLACK_TEAM,
            "blocks": with_ids(view["blocks"]),
            "state": {"values": {}},
            "hash": f"{stamp[:10]}.{hashlib.sha256(stamp.encode()).hexdigest()[:8]}",
            "root_view_id": view_id,
            "previous_view_id": None,
        }

    def _find(self, args: Args) -> Modal:
        external, view_id = args.text("external_id"), args.text("view_id")
        if not external and not view_id:
            raise SlackRefusalError("invalid_arguments", "missing required field: view_id")
        for modal in self._state.modals.values():
            if modal.id == view_id or (external and modal.view["external_id"] == external):
                return modal
        raise SlackRefusalError("not_found")

    def _depth(self, modal: Modal) -> int:
        root = modal.view["root_view_id"]
        return sum(one.view["root_view_id"] == root for one in self._state.modals.values())

    def _tell(self, modal: Modal, what: str) -> None:
        self._state.journal.tell("slack.view", view_id=modal.id, user=modal.user)
        title = modal.view["title"]["text"]
        self._state.journal.saw("slack", what, by=modal.user, view_id=modal.id, text=title)


def _checked(view: object) -> Json:
    """A modal as Slack takes it."""
    if not isinstance(view, dict):
        raise SlackRefusalError("invalid_arguments", "missing required field: view")
    if len(encode(view)) > LARGEST_VIEW:
        raise SlackRefusalError("view_too_large")
    problems = [*_label_problems(view), *_length_problems(view)]
    if view.get("type") != "modal":
        problems.append("must be a valid view type, such as modal [json-pointer:/view/type]")
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        problems.append("missing required field: blocks [json-pointer:/view]")
    elif not view.get("submit") and _has_input(blocks):
        problems.append(
            "must define `submit` to use an `input` block in modals [json-pointer:/view]"
        )
    if problems:
        raise SlackRefusalError("invalid_arguments", *problems)
    check_blocks(blocks, in_view=True)
    return view


def _has_input(blocks: list[object]) -> bool:
    return any(isinstance(one, dict) and one.get("type") == "input" for one in blocks)


def _label_problems(view: Json) -> list[str]:
    problems = []
    for name in _LABELS:
        label, place = view.get(name), f"[json-pointer:/view/{name}"
        if label is None:
            if name == "title":
                problems.append("missing required field: title [json-pointer:/view]")
        elif not isinstance(label, dict) or label.get("type") != "plain_text":
            problems.append(f"must be a plain_text object {place}]")
        elif not 1 <= len(str(label.get("text", ""))) <= 24:
            problems.append(f"must be less than 25 characters {place}/text]")
    return problems


def _length_problems(view: Json) -> list[str]:
    return [
        f"must be less than {most + 1} characters [json-pointer:/view/{name}]"
        for name, most in _LONGEST.items()
        if len(str(view.get(name) or "")) > most
    ]

"""Buttons and modals in the hands of staff: pressed, filled, submitted, closed; and what the answer makes of them."""

from __future__ import annotations

from collections.abc import Iterator

from feedbackbot.sandbox import credentials
from feedbackbot.sandbox.slack_answering import new_response_url
from feedbackbot.sandbox.slack_api import SlackApi
from feedbackbot.sandbox.slack_inputs import complaints, filled, value_of
from feedbackbot.sandbox.slack_people import TROUBLE, joined
from feedbackbot.sandbox.slack_state import Modal, SlackRefusalError, SlackState
from feedbackbot.sandbox.wire import Json, copied

MODAL_WAIT_SECONDS = 0.2


class Pressing:
    """ValueError says why Slack would not let it happen."""

    def __init__(self, state: SlackState, api: SlackApi) -> None:
        self._state = state
        self._api = api

    async def click(self, wanted: Json) -> Json:
        """Press a button of a message, or of a modal when `view_id` is given."""
        user = self._state.get_user(wanted.get("user"))
        in_modal = bool(wanted.get("view_id"))
        payload = self._in_modal(wanted) if in_modal else self._in_message(wanted)
        root = str(wanted["view_id"]) if in_modal else None
        trigger = self._api.views.new_trigger(str(user["id"]), root=root)
        payload |= {**_person(user), "type": "block_actions", "trigger_id": trigger}
        self._note(payload, wanted)
        ack = await self._api.deliveries.interact("interactive", payload)
        if not ack.taken:
            return {"ok": False, "error": TROUBLE, "reason": ack.reason}
        view_id = await self._state.journal.wait_for(
            lambda: self._api.views.opened_by(trigger),
            at_most=float(wanted.get("wait", MODAL_WAIT_SECONDS)),
        )
        return {"ok": True, **({"view_id": view_id} if view_id else {})}

    async def submit(self, view_id: str, values: Json) -> Json:
        """Fill a modal and send it: {closed, errors, updated_view}."""
        modal = self._modal(view_id)
        state = filled(modal.view, values)
        if errors := complaints(modal.view, state):
            return self._refused(modal, errors)
        self._state.journal.saw(
            "slack", "submitted", by=modal.user, view_id=view_id, values=_flat(state)
        )
        modal.view["state"] = {"values": state}
        payload: Json = {
            "type": "view_submission",
            **_person(self._state.get_user(modal.user)),
            "trigger_id": self._api.views.new_trigger(modal.user, root=modal.id),
            "view": copied(modal.view),
            "response_urls": [],
        }
        ack = await self._api.deliveries.interact("interactive", payload)
        if not ack.taken:
            return {"closed": False, "errors": {}, "error": TROUBLE, "reason": ack.reason}
        return self._obey(modal, ack.body)

    async def close(self, view_id: str) -> Json:
        """Press Cancel; the bot hears of it only when the modal asks for that."""
        modal = self._modal(view_id)
        self._api.views.close(modal)
        if modal.view["notify_on_close"]:
            person = _person(self._state.get_user(modal.user))
            payload: Json = {"type": "view_closed", **person, "view": copied(modal.view)}
            await self._api.deliveries.interact("interactive", {**payload, "is_cleared": False})
        return {"ok": True}

    def _obey(self, modal: Modal, answer: Json) -> Json:
        """What the acknowledgement of a submission asks for."""
        action = answer.get("response_action")
        if action in {None, "clear"}:
            self._api.views.close(modal, all_of_them=action == "clear")
            return {"closed": True, "errors": {}}
        if action == "errors":
            return self._refused(modal, dict(answer.get("errors") or {}))
        stays: Json = {"closed": False, "errors": {}}
        try:
            if action == "update":
                self._api.views.replace(modal, answer.get("view"))
                return {**stays, "updated_view": modal.view}
            if action == "push":
                return {**stays, "view_id": self._api.views.pushed(modal, answer.get("view")).id}
        except SlackRefusalError as error:
            return {**stays, "error": error.error, "why": error.messages}
        return {**stays, "error": f"There is no response_action {action}."}

    def _refused(self, modal: Modal, errors: dict[str, str]) -> Json:
        blocks = {block["block_id"] for block in modal.view["blocks"] if block["type"] == "input"}
        if not errors or not set(errors) <= blocks:
            what = "The errors name no input block of this modal."
            return {"closed": False, "errors": {}, "error": what}
        modal.errors = errors
        self._state.journal.tell("slack.view", view_id=modal.id, user=modal.user)
        self._state.journal.saw("slack", "modal refused", by=modal.user, errors=errors)
        return {"closed": False, "errors": errors}

    def _in_message(self, wanted: Json) -> Json:
        channel = joined(self._state, wanted)
        post = channel.posts.get(str(wanted.get("ts")))
        if post is None or post.deleted:
            raise ValueError(f"There is no message {wanted.get('ts')} in {channel.id}.")
        user = str(wanted["user"])
        if post.ephemeral_for not in (None, user):
            raise ValueError("Only somebody else can see that message.")
        container: Json = {"type": "message", "message_ts": post.ts, "channel_id": channel.id}
        container["is_ephemeral"] = bool(post.ephemeral_for)
        if "thread_ts" in post.wire:
            container["thread_ts"] = post.wire["thread_ts"]
        return {
            "container": container,
            "channel": {"id": channel.id, "name": channel.name},
            "message": copied(post.wire),
            "state": {"values": {}},
            "response_url": new_response_url(self._state, channel=channel.id, user=user, post=post),
            "actions": [self._action(post.wire.get("blocks") or [], wanted)],
        }

    def _in_modal(self, wanted: Json) -> Json:
        modal = self._modal(str(wanted["view_id"]))
        action = self._action(modal.view["blocks"], wanted)
        modal.view["state"] = {"values": filled(modal.view, wanted.get("values") or {})}
        return {
            "container": {"type": "view", "view_id": modal.id},
            "view": copied(modal.view),
            "actions": [action],
        }

    def _action(self, blocks: list[Json], wanted: Json) -> Json:
        block, element = _find_element(blocks, wanted)
        action: Json = {
            "type": element["type"],
            "block_id": block["block_id"],
            "action_id": element["action_id"],
            "action_ts": self._state.new_ts(),
        }
        if element["type"] == "button":
            shown: Json = {
                name: element[name] for name in ("text", "value", "style") if name in element
            }
            return {**action, **shown}
        return {**action, **value_of(element, wanted.get("value"))}

    def _note(self, payload: Json, wanted: Json) -> None:
        action = payload["actions"][0]
        label = (action.get("text") or {}).get("text") or action["action_id"]
        places = {name: wanted.get(name) for name in ("channel", "ts", "view_id")}
        by = payload["user"]["id"]
        self._state.journal.saw("slack", "clicked", by=by, text=label, **places)

    def _modal(self, view_id: str) -> Modal:
        if view_id not in self._state.modals:
            raise ValueError(f"There is no open modal {view_id}.")
        return self._state.modals[view_id]


def _elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    for block in blocks:
        for element in [*(block.get("elements") or []), block.get("accessory")]:
            if isinstance(element, dict) and element.get("action_id"):
                yield block, element


def _find_element(blocks: list[Json], wanted: Json) -> tuple[Json, Json]:
    """By action id (and value, where several share it) or by the words on the button."""
    action_id, label, value = (wanted.get(name) for name in ("action_id", "label", "value"))
    for block, element in _elements(blocks):
        words = element.get("text")
        shown = words.get("text") if isinstance(words, dict) else None
        if label is not None and shown == label:
            return block, element
        is_button = element["type"] == "button"
        fits = not is_button or value is None or element.get("value") == value
        if action_id and element["action_id"] == action_id and fits:
            return block, element
    raise ValueError(f"There is no button '{label or action_id}' here.")


def _flat(state: Json) -> Json:
    """Block id to what was entered, for the ledger."""
    return {
        block_id: next((part for name, part in entered.items() if name != "type"), None)
        for block_id, fields in state.items()
        for entered in fields.values()
    }


def _person(user: Json) -> Json:
    return {
        "user": {
            "id": user["id"],
            "username": user["name"],
            "name": user["name"],
            "team_id": credentials.SLACK_TEAM,
        },
        "api_app_id": credentials.SLACK_APP_ID,
        "token": "sandbox",
        "team": {"id": credentials.SLACK_TEAM, "domain": "sandbox"},
        "enterprise": None,
        "is_enterprise_install": False,
    }

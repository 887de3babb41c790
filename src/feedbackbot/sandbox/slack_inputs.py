"""What a person fills into a modal: finding the fields, their values as Slack sends them, and what Slack itself checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from feedbackbot.sandbox.wire import Json

REQUIRED = "Please complete this required field."
_TEXTS = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
_PLAIN_VALUES = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
}
_LISTS = {
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
_ONE = frozenset({"static_select", "radio_buttons", "overflow", "external_select"})
_MANY = frozenset({"checkboxes", "multi_static_select", "multi_external_select"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    block: Json
    element: Json

    @property
    def names(self) -> set[str]:
        label = self.block.get("label") or self.block.get("text") or {}
        found = {self.block.get("block_id"), self.element.get("action_id"), label.get("text")}
        return {str(name) for name in found if name}

    @property
    def is_required(self) -> bool:
        return self.block["type"] == "input" and not self.block.get("optional")


def fields_of(view: Json) -> Iterator[Field]:
    for block in view["blocks"]:
        for element in [
            block.get("element"),
            block.get("accessory"),
            *(block.get("elements") or []),
        ]:
            if isinstance(element, dict) and element.get("type") in _stateful():
                yield Field(block=block, element=element)


def filled(view: Json, values: Json) -> Json:
    """state.values after a person has entered these; ValueError for a field that is not there."""
    fields = list(fields_of(view))
    known = {name for field in fields for name in field.names}
    if strangers := set(values) - known:
        raise ValueError(f"This modal has no field {', '.join(sorted(strangers))}.")
    state: Json = {}
    for field in fields:
        given = next((values[name] for name in values if name in field.names), None)
        entered = value_of(field.element, given) if given is not None else _initial(field.element)
        place = state.setdefault(field.block["block_id"], {})
        place[field.element["action_id"]] = {"type": field.element["type"], **entered}
    return state


def complaints(view: Json, state: Json) -> dict[str, str]:
    """What Slack's own form does not let pass, by block id."""
    found = {}
    for field in fields_of(view):
        block_id = field.block["block_id"]
        entered = state[block_id][field.element["action_id"]]
        content = next((part for name, part in entered.items() if name != "type"), None)
        if field.is_required and content in (None, "", []):
            found[block_id] = REQUIRED
        elif isinstance(content, str) and content and (word := _length(field.element, content)):
            found[block_id] = word
    return found


def value_of(element: Json, given: object) -> Json:
    """One field's entry in state.values, or an action's own part."""
    kind = str(element["type"])
    if kind in _TEXTS:
        return {"value": str(given) if given != "" else None}
    if kind in _ONE:
        return {"selected_option": _option(element, given)}
    wanted = given if isinstance(given, list) else [given]
    if kind in _MANY:
        return {"selected_options": [_option(element, one) for one in wanted]}
    if kind in _LISTS:
        return {_LISTS[kind]: wanted}
    return {_PLAIN_VALUES[kind]: given}


def _initial(element: Json) -> Json:
    kind = str(element["type"])
    if kind in _TEXTS:
        return {"value": element.get("initial_value")}
    if kind in _ONE:
        return {"selected_option": element.get("initial_option")}
    if kind in _MANY:
        return {"selected_options": element.get("initial_options", [])}
    name = _LISTS.get(kind) or _PLAIN_VALUES[kind]
    return {name: element.get(name.replace("selected", "initial"), [] if kind in _LISTS else None)}


def _option(element: Json, given: object) -> Json:
    """An option by its value or by its words."""
    groups = [group.get("options", []) for group in element.get("option_groups", [])]
    for option in [*element.get("options", []), *(one for group in groups for one in group)]:
        if str(given) in {option.get("value"), option["text"]["text"]}:
            found: Json = option
            return found
    raise ValueError(f"There is no option '{given}'.")


def _length(element: Json, content: str) -> str | None:
    shortest, longest = element.get("min_length"), element.get("max_length")
    if shortest and len(content) < int(shortest):
        return f"Please enter at least {shortest} characters."
    if longest and len(content) > int(longest):
        return f"Please enter at most {longest} characters."
    return None


def _stateful() -> set[str]:
    return {*_TEXTS, *_PLAIN_VALUES, *_LISTS, *_ONE, *_MANY}

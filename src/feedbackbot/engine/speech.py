"""Sentences made ready to be said: the names that texts and conditions know, and the built-in wording."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from feedbackbot.engine.chat import CustomerFacts, PurchaseFacts, State
from feedbackbot.engine.events import Button
from feedbackbot.engine.opening import add_business_time, day_in_words, reply_by
from feedbackbot.engine.saying import Rows
from feedbackbot.engine.script import Ask, Call, Script, SetNames, Step
from feedbackbot.engine.shop import Shop
from feedbackbot.engine.talk import EngineLimit, Talk, running
from feedbackbot.engine.wording import holds, render

_NO_PURCHASE: Final = PurchaseFacts(number="", items=())
_MARK: Final = "\ue000{}\ue001"
#: business time until a person should have answered, where no script says
FIRST_REPLY: Final = timedelta(hours=4)


class Chosen(str):
    """A choice as scripts know it: its key in conditions, the words on its button in texts."""

    __slots__ = ("label",)
    label: str

    @classmethod
    def of(cls, key: str, label: str) -> Chosen:
        chosen = cls(key)
        chosen.label = label
        return chosen

    def __str__(self) -> str:
        return self.label


def wording(talk: Talk, key: str, **extra: object) -> str:
    """A built-in sentence of `_common.yaml`."""
    common = talk.scene.common
    return render(common.texts[key], _names(talk, extra), language=common.language)


def wording_around(talk: Talk, key: str, quoted: Mapping[str, str], **extra: object) -> str:
    """The same around words of the customer, which are never shortened however long they are."""
    marks = {name: _MARK.format(index) for index, name in enumerate(quoted)}
    text = wording(talk, key, **extra, **marks)
    for name, mark in marks.items():
        text = text.replace(mark, quoted[name])
    return text


def from_script(talk: Talk, template: str, **extra: object) -> str:
    _, script = running(talk)
    return render(template, _names(talk, {**_saved(talk), **extra}), language=script.language)


def is_true(talk: Talk, condition: str) -> bool:
    return holds(condition, _names(talk, _saved(talk)))


def rows_of(talk: Talk, key: str, *, without: tuple[str, ...] = ()) -> Rows:
    """The buttons of a built-in question, one a row."""
    labels = talk.scene.common.buttons[key]
    names = _names(talk, {})
    return tuple(
        (Button(label=render(label, names), choice=choice),)
        for choice, label in labels.items()
        if choice not in without
    )


def day(talk: Talk, moment: datetime | None) -> str | None:
    if moment is None:
        return None
    language = talk.scene.common.language
    return day_in_words(moment, now=talk.heard_at, timezone=timezone(talk), language=language)


def reply_time(talk: Talk, first_reply: timedelta | None = None) -> Mapping[str, object]:
    """`escalation` for a sentence that says until when a person will write."""
    shop = talk.scene.shop
    due = add_business_time(shop, talk.now, first_reply or FIRST_REPLY)
    words = reply_by(shop, due, now=talk.heard_at, language=talk.scene.common.language)
    return {**_escalation(talk), "reply_by": words}


def staff(name: str | None) -> Mapping[str, str | None]:
    first = name.split()[0] if name and name.strip() else None
    return {"first_name": first, "name": name}


def timezone(talk: Talk) -> str:
    return talk.scene.customer.timezone or talk.scene.shop.timezone


def script_now(talk: Talk) -> Script:
    """The script whose steps are being run: the conversation's own, or the one that it called last."""
    state, script = running(talk)
    for step_id in state.calls:
        step = script.steps[step_id]
        if not isinstance(step, Call) or step.script not in talk.scene.called:
            raise EngineLimit(f"The script called at {step_id} was not looked up.")
        script = talk.scene.called[step.script]
    return script


def step_now(talk: Talk) -> Step:
    state, _ = running(talk)
    step = script_now(talk).steps.get(state.step)
    if step is None:
        raise EngineLimit(f"There is no step “{state.step}” in this version of the script.")
    return step


def saved_as(talk: Talk, name: str) -> str:
    """The key of an answer: inside a called script its name comes first."""
    state, _ = running(talk)
    return f"{script_now(talk).name}.{name}" if state.calls else name


def _names(talk: Talk, extra: Mapping[str, object]) -> dict[str, object]:
    scene = talk.scene
    names: dict[str, object] = {
        "customer": _customer(scene.customer),
        "purchase": _purchase(scene.purchase or _NO_PURCHASE),
        "shop": _shop(scene.shop),
        "staff": staff(talk.chat.case.staff_name if talk.chat.case else None),
        "escalation": _escalation(talk),
    }
    names.update(extra)
    return names


def _saved(talk: Talk) -> dict[str, object]:
    state, script = running(talk)
    names: dict[str, object] = dict.fromkeys(_save_names(script_now(talk)))
    if state.calls:
        names.update(_inside(state, script_now(talk).name))
    else:
        names.update((key, value) for key, value in state.names.items() if "." not in key)
    for step in script.steps.values():
        if isinstance(step, Call):
            names[step.script] = _called(talk, state, step.script)
    _name_choices(script_now(talk), names)
    return names


def _name_choices(script: Script, names: dict[str, object]) -> None:
    for step in script.steps.values():
        if not isinstance(step, Ask) or not step.save or not step.choices:
            continue
        value = names.get(step.save)
        if isinstance(value, str):
            names[step.save] = Chosen.of(value, step.choices.get(value, value))
        elif isinstance(value, tuple):
            names[step.save] = tuple(step.choices.get(str(key), key) for key in value)


def _called(talk: Talk, state: State, name: str) -> dict[str, object]:
    called = talk.scene.called.get(name)
    known: dict[str, object] = dict.fromkeys(_save_names(called)) if called else {}
    return known | _inside(state, name)


def _inside(state: State, name: str) -> dict[str, object]:
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): value
        for key, value in state.names.items()
        if key.startswith(prefix)
    }


def _save_names(script: Script) -> list[str]:
    names: list[str] = []
    for step in script.steps.values():
        if isinstance(step, Ask) and step.save:
            names.append(step.save)
        elif isinstance(step, SetNames):
            names.extend(step.values)
    return names


def _customer(customer: CustomerFacts) -> dict[str, object]:
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "language": customer.language,
        "timezone": customer.timezone,
        "purchases": customer.purchases,
        "last_cause": customer.last_cause,
        "tags": customer.tags,
    }


def _purchase(purchase: PurchaseFacts) -> dict[str, object]:
    return {
        "number": purchase.number,
        "item": purchase.item,
        "items": purchase.items,
        "title": purchase.title,
        "total": purchase.total,
        "currency": purchase.currency,
        "placed_at": purchase.placed_at,
        "shipped_at": purchase.shipped_at,
        "delivered_at": purchase.delivered_at,
        "gift": purchase.gift,
        "tags": purchase.tags,
    }


def _shop(shop: Shop) -> dict[str, object]:
    return {
        "name": shop.name,
        "legal_name": shop.legal_name,
        "timezone": shop.timezone,
        "website": shop.website,
        "privacy_url": shop.privacy_url,
        "retention": shop.retention,
        "colour": shop.colour,
        "logo": shop.logo,
        "lead": shop.lead.name if shop.lead else None,
    }


def _escalation(talk: Talk) -> dict[str, object]:
    facts: dict[str, object] = {
        "cause": None,
        "outcome": None,
        "minutes": None,
        "check_on": None,
        "check_day": None,
        "reply_by": None,
    }
    if talk.state is not None and talk.state.escalation:
        facts.update(talk.state.escalation)
        facts["check_day"] = day(talk, _moment(facts["check_on"]))
    return facts


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None

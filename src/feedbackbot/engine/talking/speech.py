"""Sentences made ready to be said: the names that texts and conditions know, and the built-in wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from feedbackbot.engine.chat import PurchaseFacts, State
from feedbackbot.engine.events import Button
from feedbackbot.engine.script import Ask, Call, Script, SetNames, Step
from feedbackbot.engine.talking.saying import Rows
from feedbackbot.engine.talking.talk import EngineLimit, Talk, running
from feedbackbot.engine.times.opening import add_business_time, day_in_words, reply_by
from feedbackbot.engine.translating.goods import (
    item_in_words,
    retention_in_words,
    title_in_words,
)
from feedbackbot.engine.translating.speaking import script_in
from feedbackbot.engine.wording import holds, names_in, names_in_condition, render

_NO_PURCHASE: Final = PurchaseFacts(number="", items=())
#: time zone and currency
_FOR_FILTERS: Final = frozenset(("customer", "purchase", "shop"))
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
    template = common.texts[key]
    return render(template, _names(talk, _roots(template), extra), language=common.language)


def wording_around(talk: Talk, key: str, quoted: Mapping[str, str], **extra: object) -> str:
    """The same around words of the customer, which are never shortened however long they are."""
    marks = {name: _MARK.format(index) for index, name in enumerate(quoted)}
    text = wording(talk, key, **extra, **marks)
    for name, mark in marks.items():
        text = text.replace(mark, quoted[name])
    return text


def from_script(talk: Talk, template: str, **extra: object) -> str:
    language = script_now(talk).language
    return render(template, _names(talk, _roots(template), extra), language=language)


def for_team(talk: Talk, template: str, **extra: object) -> str:
    """What people in the shop read, and what conditions compare, is in the language of the script."""
    return from_script(talk.for_team(), template, **extra)


def is_true(talk: Talk, condition: str) -> bool:
    return holds(condition, _names(talk, _roots_of_condition(condition), {}))


def rows_of(talk: Talk, key: str, *, without: tuple[str, ...] = ()) -> Rows:
    """The buttons of a built-in question, one a row."""
    labels = talk.scene.common.buttons[key]
    return tuple(
        (Button(label=label, choice=choice),)
        for choice, label in labels.items()
        if choice not in without
    )


def day(talk: Talk, moment: datetime | None) -> str | None:
    if moment is None:
        return None
    language = talk.scene.common.language
    return day_in_words(moment, now=talk.heard_at, timezone=timezone(talk), language=language)


def reply_due(talk: Talk, first_reply: timedelta | None = None) -> datetime:
    """By when a person should have answered what is written now."""
    return add_business_time(talk.scene.shop, talk.now, first_reply or FIRST_REPLY)


def reply_time(talk: Talk, due: datetime | None = None) -> Mapping[str, object]:
    """`escalation` for a sentence that says until when a person will write."""
    shop, language = talk.scene.shop, talk.scene.common.language
    words = reply_by(shop, due or reply_due(talk), now=talk.heard_at, language=language)
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
        script = script_in(talk.language, talk.scene.called[step.script])
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


@lru_cache(maxsize=8192)
def _roots(template: str) -> frozenset[str]:
    """The names that a text needs; filters look at some more by themselves."""
    roots = frozenset(name.partition(".")[0] for name in names_in(template))
    return roots | _FOR_FILTERS if "|" in template else roots


@lru_cache(maxsize=8192)
def _roots_of_condition(condition: str) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in names_in_condition(condition))


def _names(talk: Talk, roots: frozenset[str], extra: Mapping[str, object]) -> dict[str, object]:
    """Only what is needed: most sentences mention one name or two."""
    return {
        root: extra[root] if root in extra else _named(talk, root)
        for root in roots
        if root in extra or root in _KNOWN or talk.state is not None
    }


def _named(talk: Talk, root: str) -> object:
    known = _KNOWN.get(root)
    return known(talk) if known else _saved(talk, root)


def _saved(talk: Talk, name: str) -> object:
    """An answer by its name; None where there is none yet; a called script's answers under its own."""
    state, _ = running(talk)
    here = script_now(talk)
    value = state.names.get(f"{here.name}.{name}" if state.calls else name)
    if value is not None:
        return _with_label(here, name, value)
    calls = (step for step in here.steps.values() if isinstance(step, Call))
    return _called(talk, state, name) if any(step.script == name for step in calls) else None


def _called(talk: Talk, state: State, name: str) -> dict[str, object]:
    called = talk.scene.called.get(name)
    called = script_in(talk.language, called) if called else None
    known: dict[str, object] = dict.fromkeys(_save_names(called)) if called else {}
    prefix = f"{name}."
    for key, value in state.names.items():
        if key.startswith(prefix):
            own = key.removeprefix(prefix)
            known[own] = _with_label(called, own, value) if called else value
    return known


def _save_names(script: Script) -> list[str]:
    names: list[str] = []
    for step in script.steps.values():
        if isinstance(step, Ask) and step.save:
            names.append(step.save)
        elif isinstance(step, SetNames):
            names.extend(step.values)
    return names


def _with_label(script: Script, name: str, value: object) -> object:
    if isinstance(value, (int, float)):
        return value
    asks = (step for step in script.steps.values() if isinstance(step, Ask) and step.choices)
    choices = next((step.choices for step in asks if step.save == name), None)
    if choices is None:
        return value
    if isinstance(value, tuple):
        return tuple(Chosen.of(key, choices.get(key, key)) for key in value)
    return Chosen.of(str(value), choices.get(str(value), str(value)))


def _customer(talk: Talk) -> dict[str, object]:
    customer = talk.scene.customer
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "language": customer.language,
        "timezone": customer.timezone,
        "purchases": customer.purchases,
        "last_cause": customer.last_cause,
        "tags": customer.tags,
    }


def _purchase(talk: Talk) -> dict[str, object]:
    purchase = talk.scene.purchase or _NO_PURCHASE
    return {
        "number": purchase.number,
        "item": item_in_words(purchase, _language(talk)),
        "items": purchase.items,
        "title": title_in_words(purchase, _language(talk)),
        "total": purchase.total,
        "currency": purchase.currency,
        "placed_at": purchase.placed_at,
        "shipped_at": purchase.shipped_at,
        "delivered_at": purchase.delivered_at,
        "gift": purchase.gift,
        "tags": purchase.tags,
    }


def _shop(talk: Talk) -> dict[str, object]:
    shop = talk.scene.shop
    return {
        "name": shop.name,
        "legal_name": shop.legal_name,
        "timezone": shop.timezone,
        "website": shop.website,
        "privacy_url": shop.privacy_url,
        "retention": retention_in_words(shop, _language(talk), written_in=talk.written_in),
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


def _language(talk: Talk) -> str:
    return talk.scene.common.language


def _staff(talk: Talk) -> Mapping[str, str | None]:
    return staff(talk.chat.case.staff_name if talk.chat.case else None)


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


_KNOWN: Final[Mapping[str, Callable[[Talk], object]]] = {
    "customer": _customer,
    "purchase": _purchase,
    "shop": _shop,
    "staff": _staff,
    "escalation": _escalation,
}

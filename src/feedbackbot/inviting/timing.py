"""When a script would ask about a purchase: its trigger, its patience, and the hours of the customer's day."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from feedbackbot.engine.script import Script, Trigger
from feedbackbot.engine.times.zones import zone_of
from feedbackbot.models.customer import Customer, Purchase


def due_at(
    script: Script, purchase: Purchase, customer: Customer, *, shop_timezone: str
) -> datetime | None:
    """The day and hour to ask; None while the thing that it waits for has not happened."""
    trigger = _trigger(script, purchase)
    if trigger is None:
        return None
    happened_at = _happened_at(trigger, purchase)
    if happened_at is None:
        return None
    zone = zone_of(customer.timezone, shop_timezone)
    return next_open(happened_at + trigger.after, script.start.between, zone)


def is_too_old(script: Script, purchase: Purchase, *, now: datetime) -> bool:
    """Longer ago than the script's `not_after`, counted from what happened."""
    patience, trigger = script.start.not_after, _trigger(script, purchase)
    happened_at = _happened_at(trigger, purchase) if trigger else None
    return patience is not None and happened_at is not None and now > happened_at + patience


def next_open(moment: datetime, between: tuple[time, time] | None, zone: tzinfo) -> datetime:
    """`moment`, or the next opening when it falls outside the hours; the last minute still counts."""
    if between is None:
        return moment
    first, last = between
    local = moment.astimezone(zone)
    minute = local.time().replace(second=0, microsecond=0)
    if _is_inside(minute, first, last):
        return moment
    day = local.date() if minute < first else local.date() + timedelta(days=1)
    return datetime.combine(day, first, zone).astimezone(moment.tzinfo)


def _is_inside(minute: time, first: time, last: time) -> bool:
    if first <= last:
        return first <= minute <= last
    return minute >= first or minute <= last


def _trigger(script: Script, purchase: Purchase) -> Trigger | None:
    """The script's own trigger once it has happened, else what it does instead."""
    start = script.start
    for trigger in (start.trigger, start.otherwise):
        if trigger is not None and _happened_at(trigger, purchase) is not None:
            return trigger
    return None


def _happened_at(trigger: Trigger, purchase: Purchase) -> datetime | None:
    match trigger.on:
        case "purchase.placed":
            # an order of unknown date is as old as our knowledge of it
            return purchase.purchased_at or purchase.created_at
        case "purchase.shipped":
            return purchase.shipped_at
        case "purchase.delivered":
            return purchase.delivered_at
        case _:
            return None

"""What is out of order at this moment, from everything that can know: for /readyz, and for the alarms."""

from __future__ import annotations

from feedbackbot.alarming import Alarm, Alarms, Tell
from feedbackbot.building import Parts
from feedbackbot.channels.alarm_hook import post_alarm


def troubles_of(parts: Parts) -> list[Alarm]:
    """One for each part of the program that can't do its work."""
    polling = parts.polling
    receiving = parts.introduction.trouble if polling is None else polling.trouble
    known = {
        # one trouble, whichever side of it shows first
        "telegram": parts.telegram.trouble or receiving,
        "slack": getattr(parts.slack, "trouble", None),
        "database": parts.database.trouble,
    }
    return [Alarm(name=name, text=text) for name, text in known.items() if text]


def alarms_for(parts: Parts) -> Alarms:
    """Told in Slack, and at the address for alarms, which works when Slack does not."""
    ways: dict[str, Tell] = {}
    if parts.slack is not None:
        ways["slack"] = parts.slack.alarm
    if parts.settings.alarm_url is not None:
        address = parts.settings.alarm_url.get_secret_value()
        ways["address"] = lambda text: post_alarm(address, text)
    return Alarms(
        database=parts.database,
        now=parts.clock.now,
        troubles=lambda: troubles_of(parts),
        ways=ways,
        is_eldest=lambda: parts.processes.is_eldest,
    )

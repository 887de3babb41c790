"""How a played conversation comes about: a link is opened, the day has come, or the customer sends a command."""

from __future__ import annotations

from feedbackbot.engine import wording
from feedbackbot.engine.chat import CustomerFacts, PurchaseFacts
from feedbackbot.engine.happenings import Command, LinkOpened, LinkState, QuestionDue
from feedbackbot.engine.playing import Player
from feedbackbot.engine.playing.props import Beginning, day_of_asking
from feedbackbot.engine.reading.names import KNOWN_NAMES
from feedbackbot.engine.script import Library, Script
from feedbackbot.engine.shop import Shop


def begin(
    player: Player, script: Script, purchase: PurchaseFacts, how: Beginning, *, message_key: str
) -> None:
    """The conversation with which a chat opens."""
    if how is Beginning.COMMAND:
        send_command(player, script.start.trigger.command or "", purchase, message_key=message_key)
    elif how is Beginning.DAY:
        number = player.offer(purchase, script, player.now)
        player.do(QuestionDue(invitation_id=number, script=script), about=number)
    else:
        open_link(player, offer(player, script, purchase), message_key=message_key)


def offer(player: Player, script: Script, purchase: PurchaseFacts) -> int:
    """As a link would be made; only news of a purchase has a day that is waited for."""
    has_day = script.start.trigger.on.startswith("purchase.")
    due_at = day_of_asking(script, purchase) if has_day else player.now
    return player.offer(purchase, script, due_at)


def open_link(player: Player, number: int, *, message_key: str) -> None:
    offered = player.offers[number]
    link = LinkOpened(
        state=LinkState.RUNNING if _is_running(player, number) else LinkState.NEW,
        message_key=message_key,
        invitation_id=number,
        script=offered.script,
        due_at=offered.due_at,
    )
    player.do(link, about=number)


def send_command(
    player: Player, command: str, purchase: PurchaseFacts, *, message_key: str
) -> None:
    """One that a script waits for begins it, once about a purchase; every other is the bot's own."""
    script = script_of(command, player.library)
    if script is None:
        player.do(Command(name=command, message_key=message_key))
        return
    known = [
        number
        for number, one in player.offers.items()
        if (one.script.name, one.purchase.number) == (script.name, purchase.number)
    ]
    if known:
        state = LinkState.RUNNING if _is_running(player, known[-1]) else LinkState.DONE
        player.do(LinkOpened(state=state, message_key=message_key))
        return
    due_at = player.now + script.start.trigger.after
    number = player.offer(purchase, script, due_at)
    link = LinkOpened(
        state=LinkState.NEW,
        message_key=message_key,
        invitation_id=number,
        script=script,
        due_at=due_at,
        by_command=True,
    )
    player.do(link, about=number)


def script_of(command: str, library: Library) -> Script | None:
    """The first by file name that waits for it."""
    waiting = (script for _, script in sorted(library.scripts.items()))
    return next((one for one in waiting if one.start.trigger.command == command), None)


def is_wanted(script: Script, customer: CustomerFacts, purchase: PurchaseFacts, shop: Shop) -> bool:
    """Whether `start: if` lets this purchase be asked about."""
    condition = script.start.condition
    facts: dict[str, object] = {"customer": customer, "purchase": purchase, "shop": shop}
    names = {
        root: {name: getattr(about, name) for name in KNOWN_NAMES[root]}
        for root, about in facts.items()
    }
    names["shop"]["lead"] = shop.lead.name if shop.lead else None
    return condition is None or wording.holds(condition, names)


def _is_running(player: Player, number: int) -> bool:
    state = player.chat.conversation
    return state is not None and state.invitation_id == number

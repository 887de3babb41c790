"""`feedbackbot why ORDER`: what became of the invitation for an order."""

from __future__ import annotations

import sys

from feedbackbot import inviting
from feedbackbot.commands.opened import Opened, opened
from feedbackbot.inviting import LinkPreview
from feedbackbot.models.invitation import InvitationStatus

#: what an invitation's status means for whoever asks
_MEANS = {
    InvitationStatus.SENT: "the link has not been opened",
    InvitationStatus.ACCEPTED: "the customer waits to be asked",
}


def explain_order(order: str) -> int:
    """Exit code 1 where nobody knows the order."""
    with opened() as office:
        found = _find(office, order) or _find(office, order.removeprefix("#"))
    if not found:
        sys.stderr.write(
            f"No purchase with order number {order} has come in. `feedbackbot import` or the "
            "shop's webhook brings it; `feedbackbot invite` makes one by hand.\n"
        )
        return 1
    for one in found:
        sys.stdout.write(one if isinstance(one, str) else _in_words(one))
        sys.stdout.write("\n")
    return 0


def _find(office: Opened, order: str) -> tuple[LinkPreview | str, ...]:
    return office.database.read(
        lambda session: inviting.explain(session, office.house, order, now=office.clock.now())
    )


def _in_words(seen: LinkPreview) -> str:
    asks = f"{seen.due_at:%Y-%m-%d %H:%M} UTC" if seen.due_at else "once the delivery is known"
    means = _MEANS.get(seen.status)
    lines = [
        f"Order {seen.order_id} from {seen.source}: {seen.item}, for {seen.first_name or 'a guest'}.",
        f"  {seen.script}: {seen.status}{f' ({means})' if means else ''}",
        f"  asks: {asks}; the link runs out on {seen.expires_at:%Y-%m-%d}",
    ]
    if seen.why_not:
        lines.append(f"  will not be asked now: {seen.why_not}")
    return "\n".join(lines)

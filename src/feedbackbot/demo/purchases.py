"""Three invented customers of the demo, what they bought, and the mail in which the shop asks them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An invented purchase; days count back from today."""

    first_name: str
    last_name: str
    order_id: str
    items: tuple[str, ...]
    total: str
    purchased: int
    delivered: int | None
    subject: str
    words: str

    def as_purchase(self, *, now: datetime) -> dict[str, object]:
        def ago(days: int) -> str:
            return (now - timedelta(days=days)).isoformat()

        found: dict[str, object] = {
            "source": "demo",
            "order_id": self.order_id,
            "customer": {
                "id": self.first_name.lower(),
                "first_name": self.first_name,
                "last_name": self.last_name,
                "language": "en",
            },
            "items": [{"name": item} for item in self.items],
            "total": self.total,
            "currency": "GBP",
            "purchased_at": ago(self.purchased),
        }
        if self.delivered is not None:
            found["delivered_at"] = ago(self.delivered)
        return found


PURCHASES = (
    Bought(
        first_name="Ada",
        last_name="Osei",
        order_id="1042",
        items=("Trail shoes",),
        total="89.90",
        purchased=9,
        delivered=5,
        subject="How are your Trail shoes?",
        words="your order 1042 has been with you for a few days. "
        "How did it go? It takes a minute, and a person reads it.",
    ),
    Bought(
        first_name="Bo",
        last_name="Lindqvist",
        order_id="1043",
        items=("Two-person tent", "Tent pegs", "Repair kit"),
        total="249.00",
        purchased=8,
        delivered=4,
        subject="How is your Two-person tent?",
        words="your order 1043 has been with you for a few days. "
        "How did it go? It takes a minute, and a person reads it.",
    ),
    Bought(
        first_name="Cleo",
        last_name="Marchetti",
        order_id="1044",
        items=("Merino jumper",),
        total="74.50",
        purchased=2,
        delivered=None,
        subject="Your order 1044 is on its way",
        words="your order 1044 left our house today. "
        "Would you tell us afterwards how it went? Our bot asks once, on Telegram.",
    ),
)

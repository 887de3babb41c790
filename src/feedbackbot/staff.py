"""A member of staff who acts: in Slack, at the desk, or in a script's test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """`user_id` is Slack's id; `name` is what colleagues and customers read."""

    user_id: str
    name: str

    @property
    def actor(self) -> str:
        """As the audit trail names them."""
        return self.user_id if ":" in self.user_id else f"slack:{self.user_id}"

"""What leaves next is looked up, however much waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from feedbackbot.delivering.claiming import claim
from feedbackbot.house import House
from feedbackbot.models.database import Database


class Free:
    """Everything may leave at once."""

    def may_leave(self, channel: str, address: str, *, light: bool) -> bool:
        return True

    def take(self, channel: str, address: str, *, light: bool) -> None:
        return None


def test_what_leaves_next_is_found_without_sorting_all_that_waits(
    database: Database, house: House, now: datetime
) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cur: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    def explained(session: Session) -> str:
        claim(session, house, channel="telegram", limit=48, pace=Free(), now=now)
        (heads,) = (one for one in asked if "ORDER BY outbox.priority" in one[0])
        run = session.connection().exec_driver_sql
        return "\n".join(
            str(step[3]) for step in run(f"EXPLAIN QUERY PLAN {heads[0]}", tuple(heads[1]))
        )

    event.listen(Engine, "before_cursor_execute", note)
    plan = database.write(explained)
    event.remove(Engine, "before_cursor_execute", note)

    assert "ix_outbox_next" in plan
    assert "TEMP B-TREE" not in plan

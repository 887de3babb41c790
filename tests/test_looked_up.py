"""What every message asks the database is looked up, however much is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from feedbackbot import inviting
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.models.invitation import Invitation, InvitationStatus


def test_whether_an_invitation_is_being_talked_about_is_asked_without_reading_all_conversations(
    database: Database, house: House, now: datetime
) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cur: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, tuple(values)))

    def explained(session: Session) -> str:
        order = inviting.invite(session, house, order_id="B-1", item="Trail shoes", now=now)
        assert isinstance(order.invitation, Invitation)
        order.invitation.status = InvitationStatus.STARTED
        session.flush()
        event.listen(Engine, "before_cursor_execute", note)
        inviting.why_not(session, house, order.invitation, now=now)
        event.remove(Engine, "before_cursor_execute", note)
        run = session.connection().exec_driver_sql
        steps = [run(f"EXPLAIN QUERY PLAN {one}", values) for one, values in asked]
        return "\n".join(str(step[3]) for plan in steps for step in plan)

    plan = database.write(explained)

    assert "ix_conversations_invitation_id" in plan
    assert "SCAN conversations" not in plan

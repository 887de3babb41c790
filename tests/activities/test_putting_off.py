"""Not now: the talk comes back once, at the chosen time, and is never held again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.orm import Session

from complaining import Customer
from feedbackbot.house import House
from feedbackbot.models import migrations
from feedbackbot.models.database import Database

GREETING = "I am writing about your order"


class Ada(Customer):
    """Says on the day of the question that tomorrow would be better."""

    def puts_it_off(self) -> None:
        self.buys_and_opens(delivered_at=self.now.isoformat())
        self.lets_pass(days=3)
        self.taps("~not_now")
        self.taps("tomorrow")

    def answers_everything(self) -> None:
        for choice in ("4", "~skip", "0", "~skip"):
            self.taps(choice)
        self.taps("each")

    def greetings(self) -> int:
        return sum(GREETING in words for words in self.heard())

    def invitation(self) -> str:
        return self.read(lambda s: str(s.execute(text("select status from invitations")).scalar()))

    def timers(self) -> list[str]:
        rows = text("select kind from timers order by kind")
        return self.read(lambda s: list(s.scalars(rows)))


@pytest.fixture
def ada(database: Database, house: House, now: datetime) -> Ada:
    return Ada(database, house, now, name="Ada", telegram_id=111_000_111)


def test_what_was_put_off_comes_back_and_is_not_held_again_a_month_later(ada: Ada) -> None:
    ada.puts_it_off()
    assert ada.greetings() == 1
    ada.lets_pass(days=1, hours=1)
    assert ada.greetings() == 2
    ada.answers_everything()

    for _ in range(45):
        ada.lets_pass(days=1)

    assert ada.greetings() == 2
    assert (ada.invitation(), ada.timers()) == ("started", [])


def test_what_was_put_off_and_never_answered_is_not_asked_again_either(ada: Ada) -> None:
    ada.puts_it_off()

    for _ in range(80):
        ada.lets_pass(days=1)

    assert ada.greetings() == 2
    assert (ada.invitation(), ada.timers()) == ("started", [])


def test_news_of_the_order_does_not_call_off_a_talk_that_was_put_off(ada: Ada) -> None:
    ada.puts_it_off()

    ada.buys_and_opens(refunded_at=ada.now.isoformat())

    assert ada.invitation() == "started"
    assert "We are already talking about this order" in ada.heard()[-1]


def test_an_older_version_s_talk_that_was_put_off_is_begun_after_the_upgrade(ada: Ada) -> None:
    ada.puts_it_off()
    ada.write(lambda s: s.execute(text("update invitations set status = 'accepted'")))

    ada.write(_upgrade_from_0008)

    assert ada.invitation() == "started"


def _upgrade_from_0008(session: Session) -> None:
    """This one step alone; the tables are those of today."""
    config = Config(attributes={"connection": session.connection()})
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    session.execute(text("update alembic_version set version_num = '0008'"))
    command.upgrade(config, "0009")
    session.execute(
        text("update alembic_version set version_num = :newest"), {"newest": migrations.HEAD}
    )

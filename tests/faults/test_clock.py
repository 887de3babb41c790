"""F34 and F36: the clock jumps, the zone is wrong, and what was due is no longer wanted."""

from __future__ import annotations

import time

from acceptance.asking import until
from acceptance.scenes import PASSED_ON, REASON, said_twice
from acceptance.stage import Stage
from acceptance.webhooks import from_slack
from faults.scenes import begins, complains
from feedbackbot.sandbox import SLACK_SIGNING_SECRET

REMINDER = "No rush: one tap on a star"


def test_f34_a_clock_that_jumps_an_hour_reminds_once_and_not_too_early(polled: Stage) -> None:
    bo = begins(polled, "Jumper")
    polled.later("47h")
    for back_and_forth in ("-1h", "1h", "-1h"):
        polled.later(back_and_forth)
        time.sleep(0.3)
    assert not any(REMINDER in text for text in bo.heard())
    polled.later("90m")
    time.sleep(0.3)
    assert not any(REMINDER in text for text in bo.heard())

    polled.later("45m")
    bo.reads(REMINDER)
    polled.later("-1h")
    polled.later("2h")
    time.sleep(0.5)

    assert sum(REMINDER in text for text in bo.heard()) == 1
    assert said_twice(bo) == []


def test_f34_a_pause_of_seconds_survives_a_clock_that_is_put_back(polled: Stage) -> None:
    bo = begins(polled, "Paused")
    polled.fault("telegram", "sendMessage", chat=str(bo.id), status=429, retry_after=4)
    bo.taps("1 ★")
    until(lambda: polled.rows("select 1 from outbox where attempts = 1 and status = 'waiting'"), "")

    polled.later("-1h")

    bo.reads(REASON)
    assert "clock_jumped" in polled.log()


def test_f34_in_a_wrong_zone_and_through_a_change_of_summer_time_everything_comes_on_its_day(
    alone: Stage,
) -> None:
    """The stage opens on 2 March 2027; Vienna puts its clocks forward on the 28th."""
    alone.kill_bot()
    alone.start_bot(TZ="America/St_Johns")
    alone.play("clock", at="2027-03-27T11:00:00Z")
    bo = alone.customer("Dst")
    bo.opens(alone.purchase("dst", "Dst", delivered_at="2027-03-22T10:00:00Z"))
    bo.reads("how satisfied or dissatisfied")

    alone.later("47h")
    time.sleep(0.5)
    assert not any(REMINDER in text for text in bo.heard())
    alone.later("2h")

    bo.reads(REMINDER)
    assert sum(REMINDER in text for text in bo.heard()) == 1


def test_f34_with_a_wrong_clock_slack_is_refused_and_the_log_says_why(hooked: Stage) -> None:
    an_hour_off = time.time() + float(hooked.look("clock")["offset_seconds"]) - 3600

    status = from_slack(hooked, secret=SLACK_SIGNING_SECRET, at=an_hour_off)

    assert status == 401
    until(lambda: "clock_skew" in hooked.log(), "the log names it")


def test_f36_a_reminder_that_came_due_too_late_is_not_sent(polled: Stage) -> None:
    answered, stopped = begins(polled, "Answered"), begins(polled, "Stopped")
    angry = complains(polled, "Angry", "Nothing was right")
    with polled.bot_away():
        polled.later("49h")
        answered.taps("1 ★")
        stopped.writes("/stop")
        angry.writes("and nobody has answered me")
    answered.reads(REASON)
    stopped.reads("/start")
    polled.while_time_passes(polled.is_done, "everything has left")

    for phone in (answered, stopped, angry):
        assert not any("No rush" in text for text in phone.heard()[2:]), phone.heard()
    assert PASSED_ON in "\n".join(angry.heard())

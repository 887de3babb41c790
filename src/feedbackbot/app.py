"""The one place that builds things: settings become keys, database, house, channels, loops and web routes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.orm import Session

from feedbackbot import crash, pulse, remembering, reviewing
from feedbackbot.alarming import Alarm, Alarms
from feedbackbot.building import Parts
from feedbackbot.channels.telegram_commands import introduce
from feedbackbot.channels.telegram_webhook import register
from feedbackbot.conversing import absence
from feedbackbot.conversing.absence import Absence
from feedbackbot.errors import ConfigError, DeliveryError
from feedbackbot.readiness import Readiness
from feedbackbot.remembering import forgotten
from feedbackbot.reviewing import withdrawn
from feedbackbot.troubles import alarms_for, troubles_of

log = structlog.get_logger(__name__)

#: these have nothing to finish
_ENDLESS = {"alive", "after_absence", "alarms", "clock", "readiness"}
#: seconds in webhook mode after which what had waited at Telegram should have come
_CATCH_UP = 20.0
#: seconds that an orderly stop may take
_STOP_WITHIN = 20.0


@dataclass(slots=True, kw_only=True)
class App:
    """`await run(stop)`, in any event loop, beside whatever else runs there."""

    parts: Parts
    alarms: Alarms
    readiness: Readiness = field(init=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    #: the loops that have to run for the bot to do its job
    _needed: frozenset[str] = frozenset()
    _introduced: bool = False

    def __post_init__(self) -> None:
        parts = self.parts
        self.readiness = Readiness(
            database=parts.database,
            now=parts.clock.now,
            parts=self._troubles_of_parts,
            look_again=self._look_again,
            delivered_at=lambda: parts.deliverer.round_at,
            data_folder=parts.settings.data_folder,
        )

    async def run(self, stop: asyncio.Event, *, ready: Callable[[], None] | None = None) -> None:
        """Work until `stop` is set, then finish what is under way."""
        try:
            away = await self._begin()
            self._start_loops(away)
            if ready is not None:
                ready()
            await self._until(stop)
        finally:
            await self._end()

    def troubles(self) -> list[str]:
        """What is not in order, in words; empty means ready."""
        return self.readiness.troubles()

    @property
    def is_refused(self) -> bool:
        """Telegram no longer accepts the token: nothing can be received or sent."""
        polling = self.parts.polling
        return self.parts.telegram.is_refused or (polling is not None and polling.is_refused)

    def _troubles_of_parts(self) -> Iterator[str]:
        for alarm in (*troubles_of(self.parts), *self.alarms.found):
            if alarm.disables:
                yield alarm.text
        for name in sorted(self._needed - {task.get_name() for task in self._tasks}):
            yield f"The loop {name} has ended."

    async def _look_again(self) -> None:
        """What was refused is tried anew, so that the bot recovers by itself."""
        parts = self.parts
        await parts.telegram.look_again()
        if parts.slack is not None:
            await parts.slack.look_again()
        if not self._introduced and parts.telegram.trouble is None:
            await parts.meet_telegram()
            await self._introduce()

    async def _begin(self) -> Absence:
        parts = self.parts
        crash.arm(parts.settings.crash_at or "")
        await parts.meet_telegram()
        await parts.database.awrite(self._heed_again)
        await parts.deliverer.recover()
        now = parts.clock.now()
        away = await parts.database.aread(lambda session: absence.look_back(session, now=now))
        if away.lost_messages:
            self._tell_of_loss(away)
        parts.clock.on_change(self._clock_moved)
        await self._introduce()
        if parts.slack is not None:
            await parts.slack.start()
        return away

    def _tell_of_loss(self, away: Absence) -> None:
        hours = round(away.lasted.total_seconds() / 3600)
        log.warning("messages_may_be_lost", away_hours=hours)
        text = (
            f"The bot was away for {hours} hours. Telegram keeps messages for 24 hours only, so some "
            "may be lost; open questions are asked again."
        )
        self.alarms.announce(Alarm(name="messages_may_be_lost", text=text))

    def _heed_again(self, session: Session) -> None:
        """A restored backup knows people who had asked to be forgotten since, and words that were taken back."""
        house, now = self.parts.house, self.parts.clock.now()
        if house.withdrawn_file is not None:
            for testimonial_id in withdrawn.find_returned(session, house.withdrawn_file):
                log.warning("withdrawn_again", testimonial=testimonial_id)
                reviewing.withdraw(session, house, testimonial_id, by="system", now=now)
        if house.erased_file is not None:
            for customer_id in forgotten.find_returned(session, house.erased_file):
                log.warning("erased_again", customer=customer_id)
                remembering.erase(session, house, customer_id, now=now)

    async def _introduce(self) -> None:
        """Telegram being away must not keep the rest from working."""
        parts = self.parts
        try:
            await self._choose_mode()
            await introduce(parts.telegram.bot, parts.house)
        except DeliveryError as error:
            log.warning("telegram_not_introduced", reason=str(error))
        else:
            self._introduced = True

    async def _choose_mode(self) -> None:
        settings = self.parts.settings
        if self.parts.polling is not None:
            await self.parts.telegram.stop_webhook()
        elif settings.telegram_webhook_secret is not None:
            secret = settings.telegram_webhook_secret.get_secret_value()
            await register(self.parts.telegram, public_url=settings.public_url, secret=secret)

    def _start_loops(self, away: Absence) -> None:
        parts = self.parts
        loops: list[tuple[str, Coroutine[Any, Any, None]]] = [
            ("deliver", parts.deliverer.run()),
            ("timers", parts.sweep.run()),
            ("files", parts.collector.run()),
            ("scripts", parts.reloader.run()),
            ("others", parts.processes.run()),
            ("alive", pulse.say_alive(parts)),
            ("alarms", self.alarms.run()),
            ("readiness", self.readiness.run()),
            ("clock", pulse.watch_clock(parts)),
            ("after_absence", self._make_up_for(away)),
        ]
        if parts.polling is not None:
            loops.append(("poll", parts.polling.run()))
        self._tasks = [asyncio.create_task(loop, name=name) for name, loop in loops]
        self._needed = frozenset(name for name, _ in loops) - {"after_absence"}

    async def _until(self, stop: asyncio.Event) -> None:
        """A loop that dies by a mistake of ours takes the process with it, to be started anew."""
        waiting = asyncio.ensure_future(stop.wait())
        try:
            while not waiting.done():
                done, _ = await asyncio.wait(
                    [waiting, *self._tasks], return_when=asyncio.FIRST_COMPLETED
                )
                ended = [task for task in self._tasks if task in done]
                self._tasks = [task for task in self._tasks if task not in done]
                for task in ended:
                    task.result()
        finally:
            waiting.cancel()

    async def _make_up_for(self, away: Absence) -> None:
        """First what had waited at Telegram, then what had come due, then the questions whose taps were lost."""
        if not away.open_questions:
            return
        await self._caught_up()
        while await self.parts.sweep.sweep():
            pass
        for customer_id in away.open_questions:
            await self._ask_again(customer_id, away)

    async def _ask_again(self, customer_id: int, away: Absence) -> None:
        """A chat in which something is wrong keeps nobody else from being asked."""
        house, now = self.parts.house, self.parts.clock.now()
        try:
            await self.parts.database.awrite(
                lambda session: absence.ask_again(session, house, customer_id, away, now=now)
            )
        except Exception:
            log.exception("not_asked_again", customer=customer_id)
        self.parts.committed()

    async def _caught_up(self) -> None:
        if self.parts.polling is not None:
            await self.parts.polling.caught_up.wait()
        else:
            await asyncio.sleep(_CATCH_UP)

    def _clock_moved(self) -> None:
        """Called from the clock's own thread."""
        with contextlib.suppress(RuntimeError):
            self.parts.loop.call_soon_threadsafe(self.parts.committed)

    async def _end(self) -> None:
        parts = self.parts
        for task in self._tasks:
            if task.get_name() in _ENDLESS:
                task.cancel()
        if parts.polling is not None:
            parts.polling.stop()
        if parts.slack is not None:
            await parts.slack.stop()
        parts.sweep.stop()
        parts.collector.stop()
        parts.reloader.stop()
        await parts.inbox.drain()
        parts.deliverer.stop()
        await self._finish()
        await parts.processes.leave()
        await parts.close()

    async def _finish(self) -> None:
        """Signs of life are given until the last message has left."""
        finishing = [task for task in self._tasks if task.get_name() != "others"]
        if finishing:
            _, late = await asyncio.wait(finishing, timeout=_STOP_WITHIN)
            for task in late:
                log.warning("stopped_late", loop=task.get_name())
                task.cancel()
        for task in self._tasks:
            task.cancel()


async def build(settings: Any, **replaced: Any) -> App:
    """An App for these settings; `replaced` may bring a `clock` of one's own."""
    if settings.telegram_bot_token is None:
        raise ConfigError("TELEGRAM_BOT_TOKEN is not set; @BotFather gives you one.")
    from feedbackbot.building import build_parts

    parts = build_parts(settings, **replaced)
    app = App(parts=parts, alarms=alarms_for(parts))
    app.parts.troubles = app.troubles
    return app

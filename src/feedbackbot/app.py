"""The one place that builds things: settings become keys, database, house, channels, loops and web routes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog

from feedbackbot import crash, pulse, restoring
from feedbackbot.alarming import Alarms
from feedbackbot.building import Parts
from feedbackbot.errors import ConfigError
from feedbackbot.presence import Presence
from feedbackbot.readiness import Readiness
from feedbackbot.troubles import alarms_for, troubles_of

log = structlog.get_logger(__name__)

#: these have nothing to finish
_ENDLESS = {"presence", "alarms", "clock", "readiness"}
#: seconds that an orderly stop may take
_STOP_WITHIN = 20.0


@dataclass(slots=True, kw_only=True)
class App:
    """`await run(stop)`, in any event loop, beside whatever else runs there."""

    parts: Parts
    alarms: Alarms
    readiness: Readiness = field(init=False)
    presence: Presence = field(init=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    #: the loops that have to run for the bot to do its job
    _needed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        parts = self.parts
        self.presence = Presence(parts, announce=self.alarms.announce)
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
            await self._begin()
            self._start_loops()
            if ready is not None:
                ready()
            await self._until(stop)
        finally:
            await self._end()

    def troubles(self) -> list[str]:
        """What is not in order, in words; empty means ready."""
        return self.readiness.troubles()

    def stopped(self) -> list[str]:
        """What only a new start of this process would mend, in words; empty means alive."""
        if not self._needed:
            return ["The bot is still starting."]
        running = {task.get_name() for task in self._tasks}
        return [f"The loop {name} has ended." for name in sorted(self._needed - running)]

    @property
    def is_refused(self) -> bool:
        """Telegram no longer accepts the token: nothing can be received or sent."""
        polling = self.parts.polling
        return self.parts.telegram.is_refused or (polling is not None and polling.is_refused)

    def _troubles_of_parts(self) -> Iterator[str]:
        for alarm in (*troubles_of(self.parts), *self.alarms.found):
            if alarm.disables:
                yield alarm.text
        yield from self.stopped()

    async def _look_again(self) -> None:
        """What was refused is tried anew, so that the bot recovers by itself."""
        parts = self.parts
        await parts.telegram.look_again()
        if parts.slack is not None:
            await parts.slack.look_again()
        await parts.introduction.look_again()

    async def _begin(self) -> None:
        parts = self.parts
        crash.arm(parts.settings.crash_at or "")
        await parts.introduction.meet()
        await parts.deliverer.recover()
        await self.presence.look_back()
        parts.clock.on_change(self._clock_moved)
        await parts.introduction.begin()
        if parts.slack is not None:
            await parts.slack.start()

    def _start_loops(self) -> None:
        parts = self.parts
        loops: list[tuple[str, Coroutine[Any, Any, None]]] = [
            ("deliver", parts.deliverer.run()),
            ("timers", parts.sweep.run()),
            ("files", parts.collector.run()),
            ("scripts", parts.reloader.run()),
            ("others", parts.processes.run()),
            ("presence", self.presence.run()),
            ("alarms", self.alarms.run()),
            ("readiness", self.readiness.run()),
            ("clock", pulse.watch_clock(parts)),
        ]
        if parts.polling is not None:
            loops.append(("poll", parts.polling.run()))
        self._tasks = [asyncio.create_task(loop, name=name) for name, loop in loops]
        self._needed = frozenset(name for name, _ in loops)

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
    """An App for these settings, over a database that has been put right; `replaced` may bring a `clock` of one's own."""
    if settings.telegram_bot_token is None:
        raise ConfigError("TELEGRAM_BOT_TOKEN is not set; @BotFather gives you one.")
    from feedbackbot.building import build_parts

    parts = build_parts(settings, **replaced)
    app = App(parts=parts, alarms=alarms_for(parts))
    app.parts.troubles, app.parts.stopped = app.troubles, app.stopped
    try:
        await restoring.put_right(parts)
    except BaseException:
        await parts.close()
        raise
    return app

"""The line that somebody types while messages go on arriving above it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import monotonic
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.patch_stdout import patch_stdout

from feedbackbot.engine.playing.table import Table
from feedbackbot.engine.reading.watching import FolderWatch
from feedbackbot.engine.times.zones import zone_of

_TICK: Final = 0.2
#: who has typed nothing for so long has finished writing
_PAUSE: Final = 1.0


def converse(table: Table, watch: FolderWatch) -> None:
    """Until /quit, Ctrl-D or Ctrl-C."""
    asyncio.run(_Prompt(table, watch).run())


class _Prompt:
    def __init__(self, table: Table, watch: FolderWatch) -> None:
        self._table = table
        self._watch = watch
        self._typed_at = monotonic()
        self._settled = True
        self._session: PromptSession[str] = PromptSession(
            HTML("<ansiblue><b>you&gt; </b></ansiblue>"),
            completer=_Suggestions(table),
            complete_while_typing=False,
            bottom_toolbar=self._status,
            refresh_interval=1.0,
        )

    async def run(self) -> None:
        with patch_stdout(raw=True):
            tasks = [asyncio.create_task(self._run_clock()), asyncio.create_task(self._look())]
            try:
                await self._hear()
            finally:
                for task in tasks:
                    task.cancel()
        self._table.settle()

    async def _hear(self) -> None:
        while True:
            try:
                line = await self._session.prompt_async()
            except (EOFError, KeyboardInterrupt):
                return
            if line.strip() == "/quit":
                return
            self._table.hear(line)
            self._typed_at, self._settled = monotonic(), False

    async def _run_clock(self) -> None:
        """Words that were held back leave after a moment; with /speed, reminders come by themselves."""
        before = monotonic()
        while True:
            await asyncio.sleep(_TICK)
            now = monotonic()
            self._table.tick(now - before)
            before = now
            if now - self._typed_at >= _PAUSE and not self._settled:
                self._settled = True
                self._table.settle()

    async def _look(self) -> None:
        """Whether somebody has saved a script."""
        while True:
            await asyncio.sleep(_PAUSE)
            saved = await asyncio.to_thread(self._watch.look)
            if saved is not None:
                self._table.take_saved(saved)

    def _status(self) -> str:
        table = self._table
        local = table.player.now.astimezone(zone_of(table.library.shop.timezone))
        state, case = table.player.chat.conversation, table.player.open_case()
        where = f"at {state.step}" if state else "no conversation is running"
        waiting = "  a person is needed: /staff" if case and not case.resolved else ""
        return f" {local:%a %d %b, %H:%M}  {table.script}, {where}{waiting}   Tab, ?: help"


class _Suggestions(Completer):
    """Buttons and commands, on Tab."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterable[Completion]:
        typed = document.text_before_cursor
        for words in self._table.suggestions():
            if words.casefold().startswith(typed.casefold()):
                yield Completion(words, start_position=-len(typed))

"""Saved scripts take effect without a restart: a good one for new conversations, a wrong one not at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedbackbot import metrics
from feedbackbot.engine.reading.loader import library_of, load_library
from feedbackbot.engine.reading.problems import Problem, ScriptProblems, errors_in
from feedbackbot.engine.reading.watching import FolderWatch, Saved
from feedbackbot.engine.script import Library
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.database import Database
from feedbackbot.versions import adopt

log = structlog.get_logger(__name__)

#: seconds between two looks at the folder
EVERY = 1.0
_FACT = "scripts_in_use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What came of a save; `changed` names the scripts that are new or say something else now."""

    accepted: bool
    changed: tuple[str, ...]
    problems: tuple[Problem, ...]


class Reloader:
    """`run` until `stop`; `told` hears of every save, in the event loop's thread."""

    def __init__(
        self,
        *,
        house: House,
        database: Database,
        watch: FolderWatch,
        now: Callable[[], datetime],
    ) -> None:
        self._house = house
        self._database = database
        self._now = now
        self._watch = watch
        self._stopped = asyncio.Event()
        self.told: Callable[[Reloaded], None] = _ignore

    def stop(self) -> None:
        self._stopped.set()

    async def run(self) -> None:
        while not self._stopped.is_set():
            await self.look()
            try:
                await asyncio.wait_for(self._stopped.wait(), EVERY)
            except TimeoutError:
                continue

    async def look(self) -> Reloaded | None:
        """Once; None where nothing was saved."""
        saved = await asyncio.to_thread(self._watch.look)
        if saved is None:
            return None
        outcome = await self._take(saved)
        self.told(outcome)
        return outcome

    async def _take(self, saved: Saved) -> Reloaded:
        library = saved.library
        metrics.SCRIPTS_REFUSED.set(library is None)
        metrics.SCRIPT_SAVES.labels("refused" if library is None else "accepted").inc()
        if library is None:
            _log_refused(saved.problems)
            return Reloaded(accepted=False, changed=(), problems=saved.problems)
        changed = _changed(self._house.library, library)
        adopt(self._house, library)
        await self._keep(library)
        log.info("scripts_reloaded", changed=list(changed))
        return Reloaded(accepted=True, changed=changed, problems=saved.problems)

    async def _keep(self, library: Library) -> None:
        """For the next start; not worth stopping for when the database is away."""
        now = self._now()
        try:
            await self._database.awrite(lambda session: keep_last_good(session, library, now=now))
        except SQLAlchemyError as error:
            log.warning("scripts_not_kept", error=type(error).__name__)


def load_or_last_good(session: Session, folder: Path, *, now: datetime) -> Library:
    """At the start. A wrong file that was saved while nobody ran must not keep the bot from coming back.

    Raises ScriptProblems where there was never a good one.
    """
    try:
        library = load_library(folder)
    except ScriptProblems as problems:
        library_before = _find_last_good(session, folder)
        if library_before is None:
            raise
        _log_refused(problems.problems)
        metrics.SCRIPTS_REFUSED.set(1)
        return library_before
    keep_last_good(session, library, now=now)
    return library


def keep_last_good(session: Session, library: Library, *, now: datetime) -> None:
    kept = {"at": now.isoformat(), "sources": dict(library.sources)}
    audit.set_fact(session, _FACT, json.dumps(kept, ensure_ascii=False))


def _find_last_good(session: Session, folder: Path) -> Library | None:
    """Of this very folder: another one's scripts must not come back by surprise."""
    known = audit.fact(session, _FACT)
    if known is None:
        return None
    sources = json.loads(known)["sources"]
    if not any(Path(name).parent == folder for name in sources):
        return None
    try:
        return library_of(sources)
    except ScriptProblems:
        return None


def _changed(before: Library, after: Library) -> tuple[str, ...]:
    known = {name: script.version for name, script in before.scripts.items()}
    return tuple(
        name for name, script in after.scripts.items() if known.get(name) != script.version
    )


def _log_refused(problems: tuple[Problem, ...]) -> None:
    errors = [problem.line for problem in errors_in(problems)]
    log.error("scripts_refused", kept="the last good ones", problems=errors)


def _ignore(outcome: Reloaded) -> None:
    """Nobody wants to know."""
    del outcome

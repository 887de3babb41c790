"""The script version that a conversation began on, kept for as long as it is talked about."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from feedbackbot.engine.reading.loader import library_of, sources_of
from feedbackbot.engine.script import Library, Script
from feedbackbot.errors import ScriptError
from feedbackbot.house import House
from feedbackbot.models.tables import TABLES
from feedbackbot.models.upsert import Upsert


def find_version(session: Session, house: House, version: str) -> Script | None:
    """From memory, from the scripts as they stand, or from where versions are kept."""
    if version not in house.versions and not _learn_current(house, version):
        _learn_kept(session, house, version)
    return house.versions.get(version)


def called_by(house: House, script: Script | None) -> dict[str, Script]:
    """The scripts that it may run on the way, as they were in its version."""
    if script is None:
        return {}
    if script.version not in house.called:
        _learn(house, script, house.library)
    return house.called[script.version]


def keep_version(session: Session, house: House, script: Script, *, now: datetime) -> None:
    """Store the text of a script before the first conversation on it begins; later calls change nothing."""
    values = {
        "version": script.version,
        "script": script.name,
        "source": json.dumps(sources_of(script, house.library), ensure_ascii=False),
        "created_at": now,
    }
    session.connection().execute(_KEEP.statement(session), values)
    _learn(house, script, house.library)


def _learn(house: House, script: Script, library: Library) -> None:
    house.versions[script.version] = script
    house.called[script.version] = {
        name: one for name, one in library.scripts.items() if name != script.name
    }


def _learn_current(house: House, version: str) -> bool:
    script = next((s for s in house.library.scripts.values() if s.version == version), None)
    if script is not None:
        _learn(house, script, house.library)
    return script is not None


def _learn_kept(session: Session, house: House, version: str) -> None:
    """Where it can't be read any more, nothing is learnt, and the conversation ends politely."""
    row = session.connection().execute(_KEPT, {"wanted": version}).one_or_none()
    if row is None:
        return
    try:
        library = library_of(json.loads(row.source))
    except ScriptError:
        return
    script = library.scripts.get(row.script)
    if script is not None:
        _learn(house, script, library)
        # Pinned under the hash that it was kept by, whatever today's rules make of it.
        house.versions[version], house.called[version] = script, house.called[script.version]


_VERSIONS = TABLES["script_versions"]
_KEEP = Upsert(_VERSIONS, ("version",))
_KEPT = select(_VERSIONS.c.script, _VERSIONS.c.source).where(
    _VERSIONS.c.version == bindparam("wanted")
)

"""The script version that a conversation began on, kept for as long as it is talked about."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from feedbackbot.engine.reading.loader import read_library, sources_of
from feedbackbot.engine.script import Library, Script
from feedbackbot.house import House
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES
from feedbackbot.models.upsert import Upsert


def adopt(house: House, library: Library) -> None:
    """From now on conversations begin on these scripts; one that runs, or begins this very moment, keeps its own."""
    for each in (house.library, library):
        for script in each.scripts.values():
            if script.version not in house.libraries:
                _learn(house, script, each)
    house.library = library


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
    # what is saved in the folder meanwhile must not be kept under this hash
    library = house.libraries.get(script.version, house.library)
    _learn(house, script, library)
    # all but the first conversation on it need not put the whole text together again
    if _IS_KEPT.find(session, {"wanted": script.version}) is not None:
        return
    values = {
        "version": script.version,
        "script": script.name,
        "source": json.dumps(sources_of(script, library), ensure_ascii=False),
        "created_at": now,
    }
    session.connection().execute(_KEEP.statement(session), values)


def _learn(house: House, script: Script, library: Library) -> None:
    house.versions[script.version] = script
    house.libraries[script.version] = library
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
    script, library = _read_kept(row.script, json.loads(row.source)) if row else (None, None)
    if script is not None and library is not None:
        _learn(house, script, library)
        # Pinned under the hash that it was kept by, whatever today's rules make of it.
        house.versions[version], house.called[version] = script, house.called[script.version]
        house.libraries[version] = library


def _read_kept(name: str, sources: dict[str, str]) -> tuple[Script | None, Library | None]:
    """It was in order when it was kept: a rule that is stricter today must not end conversations."""
    try:
        library = read_library(sources).library
    except (KeyError, StopIteration, ValueError):
        return None, None
    script = library.scripts.get(name)
    return (script, library) if script is not None and script.steps else (None, None)


_VERSIONS = TABLES["script_versions"]
_KEEP = Upsert(_VERSIONS, ("version",))
_IS_KEPT = Prepared(select(_VERSIONS.c.version).where(_VERSIONS.c.version == bindparam("wanted")))
_KEPT = select(_VERSIONS.c.script, _VERSIONS.c.source).where(
    _VERSIONS.c.version == bindparam("wanted")
)

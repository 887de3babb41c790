"""The script version that a conversation began on, kept for as long as it is talked about."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from feedbackbot.engine.loader import library_of, sources_of
from feedbackbot.engine.script import Script
from feedbackbot.errors import ScriptError
from feedbackbot.house import House
from feedbackbot.models.base import Base
from feedbackbot.models.upsert import Upsert


def find_version(session: Session, house: House, version: str) -> Script | None:
    """From memory, from the scripts as they stand, or from where versions are kept."""
    known = house.versions.get(version)
    if known is None:
        known = _find_current(house, version) or _find_kept(session, version)
        if known is not None:
            house.versions[version] = known
    return known


def keep_version(session: Session, house: House, script: Script, *, now: datetime) -> None:
    """Store the text of a script before the first conversation on it begins; later calls change nothing."""
    values = {
        "version": script.version,
        "script": script.name,
        "source": json.dumps(sources_of(script, house.library), ensure_ascii=False),
        "created_at": now,
    }
    session.connection().execute(_KEEP.statement(session), values)
    house.versions[script.version] = script


def _find_current(house: House, version: str) -> Script | None:
    return next((s for s in house.library.scripts.values() if s.version == version), None)


def _find_kept(session: Session, version: str) -> Script | None:
    row = session.connection().execute(_KEPT, {"wanted": version}).one_or_none()
    if row is None:
        return None
    try:
        return library_of(json.loads(row.source)).scripts.get(row.script)
    except ScriptError:
        # It was right under the rules of its day; the conversation ends politely instead of raising.
        return None


_VERSIONS = Base.metadata.tables["script_versions"]
_KEEP = Upsert(_VERSIONS, ("version",))
_KEPT = select(_VERSIONS.c.script, _VERSIONS.c.source).where(
    _VERSIONS.c.version == bindparam("wanted")
)

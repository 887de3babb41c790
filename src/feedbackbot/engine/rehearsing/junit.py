"""Results as JUnit XML, which every build server shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import (
    Element,
    SubElement,
    indent,
    tostring,
)

from feedbackbot.engine.rehearsing.turns import ScriptTest

#: what no XML file may contain, not even escaped
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One test, how long it took, and why it failed: the sentence and all that there is to read."""

    test: ScriptTest
    seconds: float
    message: str | None = None
    details: str = ""


def junit(suites: Sequence[tuple[str, Sequence[Row]]]) -> str:
    """A suite for each script."""
    rows = [row for _, own in suites for row in own]
    root = Element("testsuites", {"name": "feedbackbot", **_counts(rows)})
    for script, own in suites:
        suite = SubElement(root, "testsuite", {"name": script, **_counts(own)})
        for row in own:
            _case(suite, row)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return f"{written.decode()}\n"


def _case(suite: Element, row: Row) -> None:
    place = row.test.place
    about = {
        "classname": row.test.script,
        "name": _clean(row.test.name),
        "file": place.file,
        "line": str(place.line),
        "time": f"{row.seconds:.3f}",
    }
    case = SubElement(suite, "testcase", about)
    if row.message is not None:
        failure = SubElement(case, "failure", {"message": _clean(row.message)})
        failure.text = _clean(row.details)


def _counts(rows: Sequence[Row]) -> dict[str, str]:
    return {
        "tests": str(len(rows)),
        "failures": str(sum(row.message is not None for row in rows)),
        "errors": "0",
        "skipped": "0",
        "time": f"{sum(row.seconds for row in rows):.3f}",
    }


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)

"""`feedbackbot` as somebody types it in a terminal, and the lists that it writes."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path


def run(
    *words: str, folder: Path, environ: dict[str, str] | None = None, typed: str | None = None
) -> subprocess.CompletedProcess[str]:
    """`feedbackbot` with these words, by somebody who has set nothing but `environ`."""
    return subprocess.run(
        [sys.executable, "-m", "feedbackbot", *words],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **(environ or {})},
        cwd=folder,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def rows_of(file: Path) -> list[dict[str, str]]:
    """A list that a command has written, as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))

"""A script is saved while the demo, a bot or a game in the terminal plays it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from acceptance.asking import until
from acceptance.stage import Stage
from crowded import BROKEN, REWRITTEN, write
from feedbackbot.channels.terminal import play


def state_of(address: str) -> Any:
    with urllib.request.urlopen(f"{address}/sandbox/state", timeout=10) as answer:
        return json.load(answer)


@contextmanager
def demo(scripts: Path, folder: Path) -> Iterator[str]:
    words = [sys.executable, "-m", "feedbackbot", "demo", "--port", "0"]
    with subprocess.Popen(
        [*words, "--conversations", str(scripts)],
        env={**os.environ, "HOME": str(folder)},
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            ready = next(line for line in process.stdout if "http://" in line)
            yield ready.split("ready: ")[1].strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def test_the_demo_takes_a_saved_script_at_once_and_shows_what_check_finds(tmp_path: Path) -> None:
    scripts = write(tmp_path / "conversations")
    with demo(scripts, tmp_path) as address:

        def noted(title: str) -> Callable[[], dict[str, Any] | None]:
            def find() -> dict[str, Any] | None:
                notes: dict[str, Any] = state_of(address)["notes"]
                return notes if title in notes.get("title", "") else None

            return find

        write(scripts, BROKEN)
        refused = until(noted("Not in use yet"), "the refusal stands beside the phone")
        write(scripts, REWRITTEN)
        until(noted("Saved and in use: visit"), "the good one is in use")
        link = next(m["link"] for m in state_of(address)["mail"] if m.get("link"))
        customer = state_of(address)["telegram"]["customers"][0]["id"]
        body = json.dumps({"customer": customer, "link": link}).encode()
        urllib.request.urlopen(f"{address}/sandbox/telegram/open_link", body, timeout=10).close()

        def asked() -> bool:
            messages = state_of(address)["telegram"]["customers"][0]["messages"]
            return any("How did you like" in m.get("text", "") for m in messages)

        until(asked, "the new words")

    [note] = [one for one in refused["notes"] if not one["warning"]]
    assert note["where"].startswith("visit.yaml:")
    assert "wy" in note["words"]
    assert note["source"].startswith("- {id: rate")


def test_a_running_bot_takes_what_is_saved_and_survives_what_is_wrong(tmp_path: Path) -> None:
    scripts = write(tmp_path / "conversations")
    environ = {
        "FEEDBACKBOT_CONVERSATIONS": str(scripts),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    with Stage(folder=tmp_path, environ=environ) as stage:
        ada, bo, cleo = (stage.customer(name) for name in ("Ada", "Bo", "Cleo"))
        ada.opens(stage.purchase("1", "Ada"))
        ada.reads("How was")
        write(scripts, REWRITTEN)
        until(lambda: "scripts_reloaded" in stage.log(), "the new words are in use")
        bo.opens(stage.purchase("2", "Bo"))
        bo.reads("How did you like")
        write(scripts, BROKEN)
        until(lambda: "scripts_refused" in stage.log(), "the wrong ones are not")
        assert stage.end_bot() == 0

        stage.start_bot()
        ada.taps("4 ★")
        ada.reads("Why is that?")
        cleo.opens(stage.purchase("3", "Cleo"))
        cleo.reads("How did you like")
    assert "There is no step" in stage.log()


def test_play_takes_a_saved_script_between_two_lines(tmp_path: Path) -> None:
    scripts = write(tmp_path / "conversations")

    class Typing(io.StringIO):
        """Saves the script after the first line."""

        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            if self.tell():
                write(scripts, next(texts))
            return super().readline(size if size is not None else -1)

    texts = iter((BROKEN, REWRITTEN, REWRITTEN, REWRITTEN))
    out = io.StringIO()
    play(scripts / "visit.yaml", Typing("4\nIt smells\n/restart\n/quit\n"), out)

    heard = out.getvalue()
    assert "the old version goes on" in heard
    assert heard.index("Why is that?") < heard.index("How did you like")
    assert "visit.yaml:7" in heard

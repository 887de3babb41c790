"""The sandbox as a program of its own, and beside another application on one port."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from starlette.applications import Starlette

from feedbackbot.sandbox import World, create_app
from feedbackbot.sandbox.app import routes
from feedbackbot.sandbox.client import SandboxClient

PROGRAM = [sys.executable, "-m", "feedbackbot.sandbox"]


def test_it_says_where_it_listens_and_stops_when_told() -> None:
    with subprocess.Popen(PROGRAM, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        client = SandboxClient(json.loads(program.stdout.readline())["url"])
        stream = urllib.request.urlopen(f"{client.url}/sandbox/events", timeout=5)
        state = client.get("state")

        started = time.monotonic()
        program.send_signal(signal.SIGTERM)
        program.wait(timeout=5)
        stream.close()

    assert state["bot"] == {"telegram": "away", "slack": "away"}
    assert state["slack"]["channels"][0]["id"] == "C0SUPPORT"
    assert time.monotonic() - started < 2


def test_it_listens_on_this_machine_only() -> None:
    refused = subprocess.run(
        [*PROGRAM, "--host", "0.0.0.0"], capture_output=True, text=True, check=False, timeout=20
    )

    assert refused.returncode != 0
    assert "this machine only" in refused.stderr


def test_nothing_outside_the_page_is_served(sandbox: SandboxClient) -> None:
    for path in ("/sandbox/static/nothing.css", "/sandbox/static/..%2fapp.py"):
        with pytest.raises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen(sandbox.url + path, timeout=5)
        with missing.value as answer:
            assert answer.status == 404
            assert b"The sandbox has no" in answer.read()


def test_its_addresses_can_stand_beside_others() -> None:
    app = Starlette(routes=[*routes(World())])

    paths = {getattr(route, "path", "") for route in app.routes}

    assert paths == {getattr(route, "path", "") for route in create_app().routes}
    assert all(
        path.startswith(("/telegram/", "/slack/", "/sandbox/")) or path == "/" for path in paths
    )

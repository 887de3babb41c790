"""The web app served over a real socket, on a real database."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
import uvicorn

from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.web.app import create_app
from feedbackbot.web.parts import WebParts
from served import API_TOKEN, Web


@pytest.fixture
def web(database: Database, house: House, now: datetime) -> Iterator[Web]:
    troubles: list[str] = []
    parts = WebParts(
        database=database,
        house=house,
        now=lambda: now,
        api_token=API_TOKEN,
        troubles=lambda: troubles,
    )
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    config = uvicorn.Config(create_app(parts), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield Web(url=f"http://127.0.0.1:{port}", troubles=troubles)
    server.should_exit = True
    thread.join()
    listening.close()

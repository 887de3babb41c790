"""A stage with several `feedbackbot run` at one PostgreSQL, and a door in front of them that knows who is at home."""

from __future__ import annotations

import itertools
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from acceptance.asking import ask, free_port, until
from acceptance.stage import Stage
from acceptance.stage_on_postgres import StageOnPostgres
from postgres import Postgres


@dataclass(slots=True, kw_only=True)
class Host:
    """One process, with a data folder of its own."""

    port: int
    process: subprocess.Popen[str]

    @property
    def is_up(self) -> bool:
        return self.process.poll() is None

    @property
    def is_ready(self) -> bool:
        assert self.is_up, "the bot went away"
        try:
            ask(f"http://127.0.0.1:{self.port}/readyz")
        except (OSError, AssertionError):
            return False
        return True

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def sleeps(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def wakes(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@dataclass(slots=True, kw_only=True)
class Fleet(StageOnPostgres):
    hosts: list[Host] = field(default_factory=list)
    door: Door | None = None

    def open(self) -> None:
        self.open_sandbox()
        self.door = Door(int(self.bot.rpartition(":")[2]), self.hosts)
        # both migrate the empty database
        self.add_host(wait=False)
        self.add_host()
        until(lambda: all(host.is_ready for host in self.hosts), "both are ready")
        if self.over_http:
            self.play("slack/http", url=f"{self.bot}/webhooks/slack")

    def add_host(self, *, wait: bool = True, **more: str) -> Host:
        port = free_port()
        data = self.folder / f"data-{port}"
        with (self.folder / "bot.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "feedbackbot", "run", "--port", str(port)],
                env=self.settings() | {"FEEDBACKBOT_DATA": str(data)} | more,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        host = Host(port=port, process=process)
        self.hosts.append(host)
        if wait:
            until(lambda: host.is_ready, "it is ready")
        return host

    def polling_host(self) -> Host:
        """Whose turn it is to fetch updates: the first that signed on."""
        return self.host_of(
            self.rows("select id from processes where polls order by id limit 1")[0][0]
        )

    def host_of(self, process_id: int) -> Host:
        """Which of them signed on under this number."""
        name = self.rows(f"select name from processes where id = {process_id}")[0][0]
        number = int(name.rpartition(":")[2])
        return next(host for host in self.hosts if host.process.pid == number)

    def close(self) -> None:
        for host in self.hosts:
            if host.is_up:
                host.kill()
        if self.door is not None:
            self.door.close()
        Stage.close(self)


class Door:
    """Hands each connection to the next process that takes it, as a load balancer would."""

    def __init__(self, port: int, hosts: list[Host]) -> None:
        self._hosts = hosts
        self._turns = itertools.count()
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        # wakes the thread that waits in accept
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                guest, _ = self._listener.accept()
                threading.Thread(target=self._lead, args=(guest,), daemon=True).start()

    def _lead(self, guest: socket.socket) -> None:
        inside = self._connect()
        if inside is None:
            guest.close()
            return
        with guest, inside:
            back = threading.Thread(target=_pump, args=(inside, guest), daemon=True)
            back.start()
            _pump(guest, inside)
            back.join()

    def _connect(self) -> socket.socket | None:
        turn = next(self._turns)
        for offset in range(len(self._hosts)):
            host = self._hosts[(turn + offset) % len(self._hosts)]
            with suppress(OSError):
                return socket.create_connection(("127.0.0.1", host.port), timeout=30)
        return None


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def fleet(folder: Any, postgres: Postgres, *, over_http: bool) -> Iterator[Fleet]:
    database = postgres.create()
    try:
        with Fleet(folder=folder, database=database, over_http=over_http) as opened:
            yield opened
    finally:
        postgres.drop(database)

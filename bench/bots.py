"""The bots under measurement, each a real process of its own with the settings that its documentation teaches."""

from __future__ import annotations

import csv
import os
import resource
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from postgres import Server

HERE = Path(__file__).parent
TOKEN = "4242:benchmark"
SECRET = "the-platform-knows-this"
FILE = "feedbackbot.sqlite3"


@dataclass(slots=True)
class Running:
    """A bot at work; `links` are those of the purchases that nobody has talked about yet."""

    processes: list[subprocess.Popen[bytes]]
    links: list[str] = field(default_factory=list)

    @property
    def pids(self) -> list[int]:
        return [one.pid for one in self.processes]

    @property
    def has_ended(self) -> bool:
        return any(one.poll() is not None for one in self.processes)

    def stop(self) -> None:
        for one in self.processes:
            one.send_signal(signal.SIGTERM)
        for one in self.processes:
            try:
                one.wait(20)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A bot of `peers/`, in the Python that has its libraries."""

    name: str
    python: Path
    file: str
    #: started with a port to be reached at
    webhook: bool = False
    processes: int = 1

    def start(self, folder: Path, telegram: str) -> Running:
        folder.mkdir(parents=True, exist_ok=True)
        environ = os.environ | {
            "TELEGRAM_API_URL": telegram,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "BOT_DATABASE": str(folder / "bot.sqlite3"),
            "BOT_PORT": str(free_port()),
        }
        command = [str(self.python), str(HERE / "peers" / self.file)]
        return Running([_started(command, environ, folder)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedbackbot:
    """`feedbackbot run`, with everything on; the database of `stock`, with its purchases, is copied for each run."""

    name: str
    python: Path
    stock: Stock
    webhook: bool = True
    #: on one database, each with a webhook of its own
    processes: int = 1
    #: a copy that has been made already
    database: str | None = None

    def on(self, database: str) -> Feedbackbot:
        return replace(self, database=database)

    def start(self, folder: Path, telegram: str) -> Running:
        folder.mkdir(parents=True, exist_ok=True)
        database = self.database or self.stock.copy(folder)
        started = [self._start(folder, telegram, database) for _ in range(self.processes)]
        return Running(started, links=self.stock.links)

    def _start(self, folder: Path, telegram: str, database: str) -> subprocess.Popen[bytes]:
        port = free_port()
        environ = self.stock.environ(folder, telegram, database)
        if self.webhook:
            environ["TELEGRAM_WEBHOOK_SECRET"] = SECRET
            environ["FEEDBACKBOT_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        command = [str(self.python), "-m", "feedbackbot", "run", "--port", str(port)]
        return _started(command, environ, folder)


@dataclass(slots=True, kw_only=True)
class Stock:
    """An installation with purchases to talk about, made by the product's own commands."""

    python: Path
    folder: Path
    shipped: Path
    purchases: int
    #: PostgreSQL instead of a file
    server: Server | None = None
    database: str = ""
    links: list[str] = field(default_factory=list)
    import_seconds: float = 0.0
    import_cpu_seconds: float = 0.0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def copy(self, folder: Path) -> str:
        """The address of a database for one run, in which nobody has talked yet."""
        if self.server is not None:
            return self.server.create(like=self.database)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.data / FILE, folder)
        return f"sqlite:///{folder / FILE}"

    def environ(self, data: Path, telegram: str, database: str) -> dict[str, str]:
        told = {
            "FEEDBACKBOT_DATA": str(data),
            "FEEDBACKBOT_KEY_FILE": str(self.folder / "key"),
            "FEEDBACKBOT_CONVERSATIONS": str(self.folder / "conversations"),
            "TELEGRAM_API_URL": telegram,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_SENDS_PER_SECOND": "0",
            "TELEGRAM_SENDS_PER_CHAT": "0",
            "FEEDBACKBOT_INBOUND_PER_MINUTE": "0",
            "FEEDBACKBOT_TEXT_PAUSE": "0",
            "FEEDBACKBOT_DATABASE_URL": database,
        }
        return {**os.environ, **told}

    def make(self, telegram: str) -> None:
        """The scripts, the bot's own name, and so many purchases from a CSV file."""
        scripts = self.folder / "conversations"
        scripts.mkdir(parents=True)
        self.data.mkdir()
        (self.folder / "key").write_text(secrets.token_hex(32))
        (self.folder / "key").chmod(0o600)
        for name in ("_common.yaml", "_shop.yaml"):
            shutil.copy(self.shipped / name, scripts)
        shutil.copy(HERE / "conversations" / "after_purchase.yaml", scripts)
        self.database = self.server.create() if self.server else f"sqlite:///{self.data / FILE}"
        environ = self.environ(self.data, telegram, self.database)
        self._meet(environ)
        orders, links = self.folder / "orders.csv", self.folder / "links.csv"
        _write_orders(orders, self.purchases)
        began, used = time.perf_counter(), _cpu_of_children()
        self._run(environ, "import", str(orders), "--links", str(links))
        self.import_seconds = time.perf_counter() - began
        self.import_cpu_seconds = _cpu_of_children() - used
        with links.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.links = [parse_qs(urlsplit(row["link"]).query)["start"][0] for row in rows]

    def _meet(self, environ: dict[str, str]) -> None:
        """Links bear the bot's name, which it learns at its first start."""
        command = [str(self.python), "-m", "feedbackbot", "run", "--port", str(free_port())]
        with (self.folder / "first.log").open("wb") as log:
            bot = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        until = time.monotonic() + 30
        while b"ready:" not in (self.folder / "first.log").read_bytes():
            if time.monotonic() > until or bot.poll() is not None:
                raise SystemExit((self.folder / "first.log").read_text())
            time.sleep(0.1)
        bot.send_signal(signal.SIGTERM)
        bot.wait(20)

    def _run(self, environ: dict[str, str], *words: str) -> None:
        command = [str(self.python), "-m", "feedbackbot", *words]
        subprocess.run(command, env=environ, check=True, capture_output=True)


def _write_orders(path: Path, many: int) -> None:
    delivered = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 5 * 86400))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            (
                "order",
                "customer",
                "first_name",
                "email",
                "item",
                "total",
                "currency",
                "delivered_at",
            )
        )
        for n in range(many):
            writer.writerow(
                (
                    f"B-{n}",
                    f"c{n}",
                    "Ada",
                    f"ada{n}@example.com",
                    "Trail shoes, green",
                    "89.90",
                    "EUR",
                    delivered,
                )
            )


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _started(command: list[str], environ: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "bot.log").open("ab") as log:
        return subprocess.Popen(command, env=environ, cwd=folder, stdout=log, stderr=log)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port

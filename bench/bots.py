"""The bots under measurement, each a real process of its own with the settings that its documentation teaches."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).parent
TOKEN = "4242:benchmark"
SECRET = "the-platform-knows-this"


@dataclass(slots=True)
class Running:
    """A bot at work; `links` are those of the purchases that nobody has talked about yet."""

    process: subprocess.Popen[bytes]
    links: list[str] = field(default_factory=list)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A bot of `peers/`, in the Python that has its libraries."""

    name: str
    python: Path
    file: str
    #: started with a port to be reached at
    webhook: bool = False

    def start(self, folder: Path, telegram: str) -> Running:
        folder.mkdir(parents=True, exist_ok=True)
        environ = os.environ | {
            "TELEGRAM_API_URL": telegram,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "BOT_DATABASE": str(folder / "bot.sqlite3"),
            "BOT_PORT": str(free_port()),
        }
        command = [str(self.python), str(HERE / "peers" / self.file)]
        return Running(_started(command, environ, folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedbackbot:
    """`feedbackbot run`, with everything on; `stock` is an installation with purchases, copied for each run."""

    name: str
    python: Path
    stock: Stock
    webhook: bool = True
    #: a copy that has been made already
    place: Path | None = None

    def on(self, place: Path) -> Feedbackbot:
        return replace(self, place=place)

    def start(self, folder: Path, telegram: str) -> Running:
        if self.place is None:
            shutil.copytree(self.stock.data, folder, dirs_exist_ok=True)
        port = free_port()
        environ = self.stock.environ(folder, telegram)
        if self.webhook:
            environ["TELEGRAM_WEBHOOK_SECRET"] = SECRET
            environ["FEEDBACKBOT_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        command = [str(self.python), "-m", "feedbackbot", "run", "--port", str(port)]
        return Running(_started(command, environ, folder), links=self.stock.links)


@dataclass(slots=True, kw_only=True)
class Stock:
    """An installation with purchases to talk about, made by the product's own commands."""

    python: Path
    folder: Path
    shipped: Path
    purchases: int
    database_url: str | None = None
    links: list[str] = field(default_factory=list)
    import_seconds: float = 0.0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def environ(self, data: Path, telegram: str) -> dict[str, str]:
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
        }
        if self.database_url:
            told["FEEDBACKBOT_DATABASE_URL"] = self.database_url
        return {**os.environ, **told}

    def make(self, telegram: str) -> None:
        """The scripts, the bot's own name, and so many purchases from a CSV file."""
        scripts = self.folder / "conversations"
        scripts.mkdir(parents=True)
        self.data.mkdir()
        for name in ("_common.yaml", "_shop.yaml"):
            shutil.copy(self.shipped / name, scripts)
        shutil.copy(HERE / "conversations" / "after_purchase.yaml", scripts)
        environ = self.environ(self.data, telegram)
        self._meet(environ)
        orders, links = self.folder / "orders.csv", self.folder / "links.csv"
        _write_orders(orders, self.purchases)
        began = time.perf_counter()
        self._run(environ, "import", str(orders), "--links", str(links))
        self.import_seconds = time.perf_counter() - began
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


def _started(command: list[str], environ: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "bot.log").open("wb") as log:
        return subprocess.Popen(command, env=environ, cwd=folder, stdout=log, stderr=log)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port

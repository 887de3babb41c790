"""`feedbackbot run`: says what is configured and what is missing, serves, and stops in good order on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from feedbackbot.app import App, build
from feedbackbot.building import Parts
from feedbackbot.channels.telegram_webhook import PATH
from feedbackbot.config import Settings, load_settings
from feedbackbot.errors import ConfigError
from feedbackbot.logs import set_up_logs

#: new objects after which Python looks for garbage; its own number is 700 or 2,000, made for small programs
_BETWEEN_COLLECTIONS = 20_000


def run_bot(*, host: str, port: int) -> int:
    """Until a signal; the exit code."""
    settings = load_settings()
    set_up_logs(style=settings.log, secrets=settings.secrets())
    _say(report(settings))
    if settings.telegram_bot_token is None:
        return 1
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        is_accepted = runner.run(_serve(settings, host=host, port=port))
    if is_accepted:
        return 0
    _say("Telegram does not accept TELEGRAM_BOT_TOKEN: renew it; what waits is sent then.")
    return 1


def report(settings: Settings) -> str:
    """What is configured, what is missing and how to get it."""
    lines = [
        "feedbackbot",
        f"  Telegram       {_telegram(settings)}",
        f"  Slack          {_slack(settings)}",
        f"  Conversations  {settings.conversations_folder}",
        f"  Database       {_database(settings)}",
        f"  Alarms         {_alarms(settings)}",
    ]
    missing = settings.missing()
    if missing:
        lines += ["", "Missing:"]
        lines += [f"  - {one}" for one in missing]
    return "\n".join(lines)


def _telegram(settings: Settings) -> str:
    if settings.telegram_bot_token is None:
        return "not configured"
    if settings.telegram_mode == "webhook":
        return f"webhook at {settings.public_url}/webhooks/telegram"
    return "polling (no public address needed)"


def _slack(settings: Settings) -> str:
    return {
        "socket": "Socket Mode (no public address needed)",
        "http": f"signed HTTP at {settings.public_url}/webhooks/slack",
        "none": "not configured: complaints wait in the database until it is",
    }[settings.slack_mode]


def _database(settings: Settings) -> str:
    file = settings.sqlite_file
    return str(file) if file else "PostgreSQL"


def _alarms(settings: Settings) -> str:
    ways = [] if settings.slack_mode == "none" else ["Slack"]
    if settings.alarm_url is not None:
        return " and ".join([*ways, "FEEDBACKBOT_ALARM_URL"])
    nobody = "told to nobody" if not ways else "Slack, and nobody while Slack is away"
    return f"{nobody}: set FEEDBACKBOT_ALARM_URL"


async def _serve(settings: Settings, *, host: str, port: int) -> bool:
    """Until told to stop; False when Telegram refused the token at the end."""
    stop = asyncio.Event()
    with listening(host, port) as listener:
        app = await build(settings)
        _leave_in_peace()
        _say_key(app)
        server = _server(app)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        address = f"http://{host}:{listener.getsockname()[1]}"
        with signals(stop):
            try:
                await app.run(stop, ready=lambda: _say(f"\nready: {address}"))
            finally:
                server.should_exit = True
                await serving
    return not app.is_refused


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """One that does the same as Python's own for a good part less; there is none for Windows."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _leave_in_peace() -> None:
    """What has been built stays to the end: looking through it for garbage cost a twentieth of all processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_BETWEEN_COLLECTIONS)


def _server(app: App) -> uvicorn.Server:
    config = uvicorn.Config(
        _front(app.parts),
        log_config=None,
        lifespan="off",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return QuietServer(config)


def _front(parts: Parts) -> ASGIApp:
    """What comes by far the most often does not pass through what all other addresses need."""
    everything = Starlette(routes=parts.routes())
    webhook = parts.telegram_webhook()
    if webhook is None:
        return everything

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            answer = await webhook(Request(scope, receive))
            await answer(scope, receive, send)
        else:
            await everything(scope, receive, send)

    return front


class QuietServer(uvicorn.Server):
    """Leaves signals to us: the loops stop first, in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise ConfigError(f"{host}:{port} can't be listened on ({error.strerror}).") from error
        yield listener


@contextlib.contextmanager
def signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _say_key(app: App) -> None:
    keys = app.parts.database.keys
    if keys.is_new and keys.place is not None:
        _say(f"A new key was made in {keys.place}. Keep a copy: without it the data can't be read.")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

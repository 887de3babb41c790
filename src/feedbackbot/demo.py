"""`feedbackbot demo`: sandbox, bot and a few invented purchases on one port; nothing leaves the machine."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette

from feedbackbot import inviting, sandbox
from feedbackbot.app import App, build
from feedbackbot.clock import SandboxClock
from feedbackbot.config import Settings
from feedbackbot.logs import set_up_logs
from feedbackbot.running import QuietServer, listening, signals
from feedbackbot.sandbox.app import routes as sandbox_routes
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An invented purchase; days count back from today."""

    first_name: str
    last_name: str
    order_id: str
    items: tuple[str, ...]
    total: str
    purchased: int
    delivered: int | None
    subject: str
    words: str

    def as_purchase(self, *, now: datetime) -> dict[str, object]:
        def ago(days: int) -> str:
            return (now - timedelta(days=days)).isoformat()

        found: dict[str, object] = {
            "source": "demo",
            "order_id": self.order_id,
            "customer": {
                "id": self.first_name.lower(),
                "first_name": self.first_name,
                "last_name": self.last_name,
                "language": "en",
            },
            "items": [{"name": item} for item in self.items],
            "total": self.total,
            "currency": "GBP",
            "purchased_at": ago(self.purchased),
        }
        if self.delivered is not None:
            found["delivered_at"] = ago(self.delivered)
        return found


PURCHASES = (
    Bought(
        first_name="Ada",
        last_name="Osei",
        order_id="1042",
        items=("Trail shoes",),
        total="89.90",
        purchased=9,
        delivered=5,
        subject="How are your Trail shoes?",
        words="your order 1042 has been with you for a few days. "
        "How did it go? It takes a minute, and a person reads it.",
    ),
    Bought(
        first_name="Bo",
        last_name="Lindqvist",
        order_id="1043",
        items=("Two-person tent", "Tent pegs", "Repair kit"),
        total="249.00",
        purchased=8,
        delivered=4,
        subject="How is your Two-person tent?",
        words="your order 1043 has been with you for a few days. "
        "How did it go? It takes a minute, and a person reads it.",
    ),
    Bought(
        first_name="Cleo",
        last_name="Marchetti",
        order_id="1044",
        items=("Merino jumper",),
        total="74.50",
        purchased=2,
        delivered=None,
        subject="Your order 1044 is on its way",
        words="your order 1044 left our house today. "
        "Would you tell us afterwards how it went? Our bot asks once, on Telegram.",
    ),
)


def run_demo(*, port: int, conversations: Path | None) -> None:
    """Until Ctrl+C; the data of the demo is thrown away."""
    folder = Path(tempfile.mkdtemp(prefix="feedbackbot-demo-"))
    try:
        asyncio.run(_play(port, folder, conversations))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _play(port: int, folder: Path, conversations: Path | None) -> None:
    world = World()
    site = Starlette(routes=sandbox_routes(world))
    with listening("127.0.0.1", port) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = _settings(address, folder, conversations)
        set_up_logs(style=settings.log, secrets=settings.secrets(), level="WARNING")
        server = _DemoServer(site, world)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stop = asyncio.Event()
        try:
            while not server.started:
                await asyncio.sleep(0.01)
            with signals(stop):
                await _run_bot(settings, site, address, stop)
        finally:
            server.should_exit = True
            await serving


class _DemoServer(QuietServer):
    """Wakes everybody who waits in the sandbox, so that it stops at once."""

    def __init__(self, site: Starlette, world: World) -> None:
        super().__init__(
            uvicorn.Config(
                site,
                log_config=None,
                lifespan="off",
                access_log=False,
                ws="websockets-sansio",
                timeout_graceful_shutdown=2,
            )
        )
        self._world = world

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        await self._world.close()
        await super().shutdown(sockets)


async def _run_bot(settings: Settings, site: Starlette, address: str, stop: asyncio.Event) -> None:
    # the clock's first look is a blocking call to the server on this very loop
    clock = await asyncio.to_thread(SandboxClock, f"{address}/sandbox/clock")
    app = await build(settings, clock=clock)
    site.router.routes.extend(app.parts.routes())
    seeding: list[asyncio.Task[None]] = []
    await app.run(
        stop,
        ready=lambda: seeding.append(asyncio.create_task(_open_shop(app, address))),
    )


def _settings(address: str, folder: Path, conversations: Path | None) -> Settings:
    return Settings(
        telegram_bot_token=SecretStr(sandbox.TELEGRAM_TOKEN),
        telegram_api_url=f"{address}/telegram",
        slack_bot_token=SecretStr(sandbox.SLACK_BOT_TOKEN),
        slack_app_token=SecretStr(sandbox.SLACK_APP_TOKEN),
        slack_api_url=f"{address}/slack/api/",
        slack_support_channel=sandbox.SUPPORT_CHANNEL,
        slack_marketing_channel=sandbox.MARKETING_CHANNEL,
        slack_ideas_channel="C0IDEAS",
        data=folder / "data",
        key_file=folder / "key",
        conversations=conversations,
        public_url=address,
        text_pause=1,
    )


async def _open_shop(app: App, address: str) -> None:
    now = app.parts.clock.now()
    for bought in PURCHASES:
        incoming = inviting.parse_purchase(bought.as_purchase(now=now))
        recorded = await app.parts.database.awrite(
            lambda session, incoming=incoming: inviting.record_purchase(  # type: ignore[misc]
                session, app.parts.house, incoming, now=now
            )
        )
        shop = app.parts.house.library.shop.name
        await asyncio.to_thread(_send_mail, address, bought, recorded.link, shop)
    sys.stdout.write(
        f"\n  The demo is ready: {address}\n\n"
        "  On the left you are a customer, on the right the staff in Slack.\n"
        "  Ctrl+C ends it; nothing is kept.\n"
    )
    sys.stdout.flush()


def _send_mail(address: str, bought: Bought, link: str | None, shop: str) -> None:
    client = SandboxClient(address)
    customer = client.post(
        "telegram/customers",
        first_name=bought.first_name,
        last_name=bought.last_name,
        language_code="en",
    )
    client.post(
        "mail",
        to_customer=customer["id"],
        **{"from": shop},
        subject=bought.subject,
        text=f"Hello {bought.first_name}, {bought.words}",
        link=link,
        link_label="Tell us on Telegram",
    )

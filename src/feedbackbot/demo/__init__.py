"""`feedbackbot demo`: sandbox, bot and a few invented purchases on one port; nothing leaves the machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr
from starlette.applications import Starlette

from feedbackbot import inviting, sandbox
from feedbackbot.app import App, build
from feedbackbot.clock import SandboxClock
from feedbackbot.config import Settings
from feedbackbot.demo.notes import ScriptNotes
from feedbackbot.demo.purchases import PURCHASES, Bought
from feedbackbot.demo.serving import DemoServer
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.shop import Shop
from feedbackbot.engine.times.opening import add_business_time, is_open
from feedbackbot.engine.times.zones import zone_of
from feedbackbot.errors import ConfigError
from feedbackbot.logs import set_up_logs
from feedbackbot.running import listening, signals
from feedbackbot.sandbox.app import routes as sandbox_routes
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.sandbox.world import World

#: opening hours that must be left, so that nobody is told "tomorrow" in the middle of trying
_LONG_ENOUGH = timedelta(hours=2)


def run_demo(*, port: int, conversations: Path | None) -> None:
    """Until Ctrl+C; the data of the demo is thrown away."""
    _forget_proxies()
    if conversations is not None:
        load_library(conversations)  # what is wrong in them is said before anything is started
    folder = Path(tempfile.mkdtemp(prefix="feedbackbot-demo-"))
    try:
        asyncio.run(_play(port, folder, conversations))
    except KeyboardInterrupt:
        return  # before the first line of `_play` nobody listens for Ctrl+C
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def opening_moment(shop: Shop, *, now: datetime) -> datetime:
    """Now, or an hour into the shop's next day when its people are away or about to go home."""
    if is_open(shop, now) and is_open(shop, now + _LONG_ENOUGH):
        return now
    return add_business_time(shop, now + _LONG_ENOUGH, timedelta(hours=1))


def _forget_proxies() -> None:
    """All calls stay on this machine, where a proxy could not reach them."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)


async def _play(port: int, folder: Path, conversations: Path | None) -> None:
    stop = asyncio.Event()
    world = World()
    site = Starlette(routes=sandbox_routes(world))
    with signals(stop), ExitStack() as stack:
        listener = _listen(stack, port)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = _settings(address, folder, conversations)
        set_up_logs(style=settings.log, secrets=settings.secrets(), level="WARNING")
        server = DemoServer(site, world)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
                await asyncio.sleep(0.01)
            app = await _begin(settings, site, world)
            await app.run(stop, ready=lambda: _say_ready(address, app, stop))
        finally:
            server.should_exit = True
            await serving


def _listen(stack: ExitStack, port: int) -> socket.socket:
    try:
        return stack.enter_context(listening("127.0.0.1", port))
    except ConfigError as refused:
        raise ConfigError(
            f"Port {port} can't be used; most likely another program has it.\n"
            "This takes a free one: feedbackbot demo --port 0"
        ) from refused


async def _begin(settings: Settings, site: Starlette, world: World) -> App:
    """The bot, on a day when the shop is open, with its first purchases."""
    # the clock's first look is a blocking call to the server on this very loop
    clock = await asyncio.to_thread(SandboxClock, f"{settings.public_url}/sandbox/clock")
    try:
        app = await build(settings, clock=clock)
    except BaseException:
        clock.close()
        raise
    try:
        site.router.routes.extend(app.parts.routes())
        now = clock.now()
        opens = opening_moment(app.parts.house.library.shop, now=now)
        world.clock.move_to((opens - now).total_seconds())
        await app.parts.introduction.meet()
        for bought in PURCHASES:
            await _sell(app, bought, now=opens)
        notes = ScriptNotes(settings.public_url)
        await notes.follow(app.parts.reloader, settings.conversations_folder)
    except BaseException:
        await app.parts.close()
        raise
    return app


async def _sell(app: App, bought: Bought, *, now: datetime) -> None:
    house = app.parts.house
    incoming = inviting.parse_purchase(bought.as_purchase(now=now))
    recorded = await app.parts.database.awrite(
        lambda session: inviting.record_purchase(session, house, incoming, now=now)
    )
    address = app.parts.settings.public_url
    await asyncio.to_thread(_send_mail, address, bought, recorded.link, house.library.shop.name)


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


def _settings(address: str, folder: Path, conversations: Path | None) -> Settings:
    """Whole as they stand: nothing of the environment reaches the demo."""
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


def _say_ready(address: str, app: App, stop: asyncio.Event) -> None:
    if stop.is_set():
        return
    parts = app.parts
    shop = parts.house.library.shop
    there = parts.clock.now().astimezone(zone_of(shop.timezone))
    sys.stdout.write(
        f"\n  The demo is ready: {address}\n\n"
        "  On the left you are a customer, on the right the staff in Slack.\n"
        f"  There it is {there:%A, %H:%M}, and {shop.name} is open.\n"
        "  Ctrl+C ends it; nothing is kept.\n"
    )
    sys.stdout.flush()

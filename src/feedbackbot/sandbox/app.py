"""The sandbox as one Starlette application, alone or beside a bot's own pages on the same port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from feedbackbot.sandbox.control import Control
from feedbackbot.sandbox.control_platforms import SlackControl, TelegramControl
from feedbackbot.sandbox.world import World

PAGE = Path(__file__).parent / "page"


def create_app(world: World | None = None) -> Starlette:
    """The whole sandbox; `app.state.world` is its world, which is closed with the server."""
    chosen = world or World()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await chosen.close()

    app = Starlette(routes=routes(chosen), lifespan=lifespan)
    app.state.world = chosen
    return app


def routes(world: World) -> list[BaseRoute]:
    """Every address of the sandbox; whoever mounts them elsewhere closes the world, too."""
    return [
        *world.telegram_api.routes(),
        *world.slack_api.routes(),
        *Control(world).routes(),
        *TelegramControl(world).routes(),
        *SlackControl(world).routes(),
        Route("/sandbox/static/{path:path}", _asset),
        Route("/", _page),
    ]


async def _page(_request: Request) -> Response:
    return _file("index.html")


async def _asset(request: Request) -> Response:
    return _file(request.path_params["path"])


def _file(name: str) -> Response:
    path = (PAGE / name).resolve()
    if not path.is_relative_to(PAGE) or not path.is_file():
        return PlainTextResponse(f"The sandbox has no {name}.", status_code=404)
    return FileResponse(path, headers={"Cache-Control": "no-cache"})

"""The web app: every address of the bot in one list."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from feedbackbot.web.api import create_api
from feedbackbot.web.health import health_routes
from feedbackbot.web.parts import WebParts
from feedbackbot.web.site import site_routes

_STATIC = Path(__file__).parent / "static"


def create_app(parts: WebParts, *, front: list[BaseRoute] | None = None) -> Starlette:
    """All routes of the bot; `front` takes the place of the redirect from `/` to the wall."""
    return Starlette(routes=[*web_routes(parts), *(front or [Route("/", _to_the_wall)])])


def web_routes(parts: WebParts) -> list[BaseRoute]:
    """The bot's own routes, to be served alone or beside others on one port."""
    # looked through in this order; what platforms deliver comes by far the most often
    return [
        *_webhooks(parts),
        Mount("/api", create_api(parts)),
        *site_routes(parts),
        *health_routes(parts),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]


def _webhooks(parts: WebParts) -> list[Route]:
    hooks = {"telegram": parts.telegram_webhook, "slack": parts.slack_webhook}
    return [
        Route(f"/webhooks/{name}", endpoint, methods=["POST"])
        for name, endpoint in hooks.items()
        if endpoint is not None
    ]


async def _to_the_wall(_: Request) -> Response:
    return RedirectResponse("/wall")

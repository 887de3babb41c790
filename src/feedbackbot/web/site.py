"""The public pages: the wall, one testimonial, how we collect."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from feedbackbot import publishing
from feedbackbot.engine.shop import Shop
from feedbackbot.publishing import Disclosure, PublicTestimonial
from feedbackbot.web.parts import WebParts

_TEMPLATES = Path(__file__).parent / "templates"
_CSS = Path(__file__).parent / "static" / "site.css"
#: withdrawn words may live in a browser for a minute, never longer
CACHE = "public, max-age=60, must-revalidate"
_HEADERS = {
    "Cache-Control": CACHE,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
#: what is served as it was stored; anything else is offered as a download
_INLINE = {"image/jpeg", "image/png", "image/webp", "audio/ogg", "audio/mpeg", "video/mp4"}


def templates() -> Environment:
    """The environment of the public pages: everything is escaped, a missing name is an error."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = lambda moment: f"{moment.day} {moment:%B %Y}"
    return environment


def render_wall(
    shop: Shop, items: tuple[PublicTestimonial, ...], note: Disclosure, *, inline_css: bool = False
) -> str:
    """The wall as a page; with `inline_css` it stands on its own, as a file."""
    css = Markup(_CSS.read_text()) if inline_css else None  # noqa: S704 our own file
    return templates().get_template("wall.html").render(shop=shop, items=items, note=note, css=css)


def site_routes(parts: WebParts) -> list[Route]:
    """Routes that anybody may read."""
    environment = templates()
    shop = parts.house.library.shop

    async def wall(_: Request) -> Response:
        now = parts.now()
        items, note = await parts.database.aread(
            lambda session: (
                publishing.published(session, parts.house, now=now),
                publishing.disclosure(session, parts.house),
            )
        )
        return HTMLResponse(render_wall(shop, items, note), headers=_HEADERS)

    async def one(request: Request) -> Response:
        item, note = await parts.database.aread(
            lambda session: (
                publishing.find_published(
                    session, parts.house, request.path_params["public_id"], now=parts.now()
                ),
                publishing.disclosure(session, parts.house),
            )
        )
        template = environment.get_template("testimonial.html" if item else "gone.html")
        page = template.render(shop=shop, item=item, note=note)
        return HTMLResponse(page, status_code=200 if item else 404, headers=_HEADERS)

    async def media(request: Request) -> Response:
        public_id = request.path_params["public_id"]
        found = await parts.database.aread(
            lambda session: (
                _bytes(session, public_id)
                if publishing.find_published(session, parts.house, public_id, now=parts.now())
                else None
            )
        )
        return _file(found)

    async def how(_: Request) -> Response:
        note = await parts.database.aread(
            lambda session: publishing.disclosure(session, parts.house)
        )
        page = environment.get_template("how_we_collect.html").render(shop=shop, note=note)
        return HTMLResponse(page, headers=_HEADERS)

    return [
        Route("/wall", wall),
        Route("/t/{public_id:str}", one),
        Route("/t/{public_id:str}/media", media),
        Route("/how-we-collect", how),
    ]


def _bytes(session: Session, public_id: str) -> tuple[bytes, str] | None:
    found = publishing.find_media(session, public_id)
    if found is None or found.content is None:
        return None
    return found.content, found.mime or "application/octet-stream"


def _file(found: tuple[bytes, str] | None) -> Response:
    if found is None:
        return Response("Nothing is public here.", status_code=404, headers=_HEADERS)
    content, mime = found
    shown = "inline" if mime in _INLINE else "attachment"
    return Response(
        content,
        media_type=mime,
        headers=_HEADERS | {"Content-Disposition": shown},
    )

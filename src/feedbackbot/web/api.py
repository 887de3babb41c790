"""`/api`: purchases in (Bearer token), testimonials and their disclosure out (public)."""

from __future__ import annotations

import json
from secrets import compare_digest
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from feedbackbot import crash, inviting, publishing
from feedbackbot.errors import PurchaseRefused
from feedbackbot.inviting import links
from feedbackbot.web.bodies import read_body
from feedbackbot.web.parts import WebParts
from feedbackbot.web.purchase_schema import PURCHASE_BODY
from feedbackbot.web.site import CACHE

_BEARER = HTTPBearer(auto_error=False)


class _Refused(Exception):
    def __init__(
        self, status: int, message: str, field: str = "", *, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.headers = None if retry_after is None else {"Retry-After": str(retry_after)}
        self.status, self.message, self.field = status, message, field


def create_api(parts: WebParts) -> FastAPI:
    """The `/api` sub-application; mounted, so that its paths start after `/api`."""
    api = FastAPI(title="feedbackbot", version="1", docs_url=None, redoc_url=None)
    _add_purchases(api, parts)
    _add_testimonials(api, parts)

    @api.exception_handler(_Refused)
    async def refused(_: Request, problem: _Refused) -> Response:
        content = {"error": problem.message, "field": problem.field or None}
        return JSONResponse(content, status_code=problem.status, headers=problem.headers)

    @api.exception_handler(HTTPException)
    async def other(_: Request, problem: HTTPException) -> Response:
        return JSONResponse(
            {"error": problem.detail, "field": None},
            status_code=problem.status_code,
            headers=problem.headers,
        )

    @api.exception_handler(SQLAlchemyError)
    async def away(_: Request, __: SQLAlchemyError) -> Response:
        # nothing was stored, so the shop is told to come again
        return JSONResponse(
            {"error": "The database is away; nothing was stored. Please send it again."},
            status_code=503,
            headers={"Retry-After": "10"},
        )

    return api


def _add_purchases(api: FastAPI, parts: WebParts) -> None:
    def allowed(
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ) -> None:
        if parts.api_token is None:
            raise _Refused(503, "Purchases are not taken here: set FEEDBACKBOT_API_TOKEN first.")
        if given is None or not compare_digest(
            given.credentials.encode(), parts.api_token.encode()
        ):
            raise _Refused(401, "Send the header 'Authorization: Bearer <FEEDBACKBOT_API_TOKEN>'.")

    @api.post(
        "/purchases",
        dependencies=[Depends(allowed)],
        status_code=201,
        openapi_extra=PURCHASE_BODY,
    )
    async def record(request: Request) -> Response:
        """Record a purchase, or what is new about one; answers with the link for the customer."""
        if parts.database.is_crowded:
            words = "Too much comes in at once; nothing was stored. Please send it again."
            raise _Refused(503, words, retry_after=1)
        if not parts.house.bot_username:
            words = "Telegram has not told us the bot's name yet, which the link bears; nothing was stored."
            raise _Refused(503, f"{words} Please send it again.", retry_after=10)
        incoming = _parsed(await _body(request))
        crash.point("received")
        try:
            recorded = await parts.database.awrite(
                lambda session: inviting.record_purchase(
                    session, parts.house, incoming, now=parts.now()
                )
            )
        except PurchaseRefused as problem:
            raise _Refused(422, str(problem), problem.field) from problem
        crash.point("committed")
        return JSONResponse(recorded.to_json(), status_code=201 if recorded.created else 200)

    @api.get("/purchases/{source}/{order_id}/qr.svg", dependencies=[Depends(allowed)])
    async def qr(source: str, order_id: str) -> Response:
        """The invitation link of a purchase as a QR code."""
        link = await parts.database.aread(
            lambda session: inviting.find_link(session, parts.house, source, order_id)
        )
        if link is None:
            raise _Refused(404, f"No purchase {order_id} from {source} has an open invitation.")
        return Response(
            links.qr_svg(link),
            media_type="image/svg+xml",
            headers={"Cache-Control": "no-store"},
        )


def _add_testimonials(api: FastAPI, parts: WebParts) -> None:
    @api.get("/testimonials")
    async def testimonials() -> Response:
        """Published testimonials, newest first; show them with the disclosure (Link header)."""
        items = await parts.database.aread(
            lambda session: publishing.published(session, parts.house, now=parts.now())
        )
        return JSONResponse(
            [item.to_json() for item in items],
            headers={
                "Cache-Control": CACHE,
                "Link": '</api/disclosure>; rel="describedby"',
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Expose-Headers": "Link",
            },
        )

    @api.get("/disclosure")
    async def disclosure() -> Response:
        """How the quotes were chosen, from the numbers of this moment."""
        note = await parts.database.aread(
            lambda session: publishing.disclosure(session, parts.house)
        )
        headers = {"Cache-Control": CACHE, "Access-Control-Allow-Origin": "*"}
        return JSONResponse(note.to_json(), headers=headers)


async def _body(request: Request) -> dict[str, object]:
    raw = await read_body(request)
    if raw is None:
        raise _Refused(413, "One purchase at a time, please: this is more than 1 MB.")
    try:
        content = json.loads(raw)
    except ValueError as problem:
        raise _Refused(400, f"The body is not JSON: {problem}.") from problem
    if not isinstance(content, dict):
        raise _Refused(400, "The body must be one purchase: a JSON object.")
    return content


def _parsed(content: dict[str, object]) -> inviting.IncomingPurchase:
    try:
        return inviting.parse_purchase(content)
    except PurchaseRefused as problem:
        raise _Refused(422, str(problem), problem.field) from problem

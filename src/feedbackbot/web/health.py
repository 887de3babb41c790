"""Is it alive, can it do its job, and what are its numbers: /healthz, /readyz, /metrics."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from feedbackbot.web.metrics import render
from feedbackbot.web.parts import WebParts


def health_routes(parts: WebParts) -> list[Route]:
    async def alive(_: Request) -> Response:
        """Of this process alone: whether customers may be sent to it, and whether it should be started anew."""
        stopped = parts.stopped()
        if not stopped:
            return JSONResponse({"status": "alive"})
        return JSONResponse({"status": "not alive", "troubles": stopped}, status_code=503)

    async def ready(_: Request) -> Response:
        troubles = parts.troubles()
        status = "ready" if not troubles else "not ready"
        return JSONResponse(
            {"status": status, "troubles": troubles}, status_code=503 if troubles else 200
        )

    async def metrics(_: Request) -> Response:
        page = await render(
            parts.database,
            now=parts.now,
            troubles=parts.troubles,
            per_second=parts.sends_per_second,
        )
        return Response(page, media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]

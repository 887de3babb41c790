"""Logs with ids and acts, never with words of customers; secrets are taken out of every line."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

#: tokens of Telegram, Slack, the shops, and our own
_TOKENS = re.compile(
    r"(?<!\d)\d+:[A-Za-z0-9_-]{30,}"
    r"|xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]+"
    r"|xapp-[A-Za-z0-9-]+"
    r"|(?:\bsk|[rs]k_(?:live|test))_[A-Za-z0-9_]+"
    r"|shp(?:at|ss|ca|pa)_[A-Za-z0-9]+"
    r"|whsec_[A-Za-z0-9+/=_-]+"
    r"|fbk_[A-Za-z0-9_-]+"
    r"|(?<=[?&]start=)[A-Za-z0-9_-]+"
    r"|(?<=Bearer )[A-Za-z0-9._~+/=-]+"
)
_GONE = "[secret]"

#: they log addresses with tokens in them, or whole messages
_TALKATIVE = ("httpx", "httpcore", "aiohttp", "slack_bolt", "slack_sdk", "telegram", "alembic")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
#: shorter values are words that stand in logs for other reasons
_SHORTEST_SECRET = 6


def set_up_logs(
    *, style: str = "", secrets: Iterable[str] = (), level: str = "INFO", out: TextIO | None = None
) -> None:
    """Send structlog's and the standard library's lines to `out` (default: standard error).

    `style` is json, text, or empty for text on a terminal and JSON elsewhere; `secrets` are values
    that have no recognisable shape.
    """
    stream = out or sys.stderr
    as_json = style == "json" or (style != "text" and not stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_before(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _Redaction(secrets, is_json=as_json),
                _renderer(as_json=as_json, colors=stream.isatty()),
            ],
        )
    )
    _route_standard_library(handler, level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_before(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _before() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _renderer(*, as_json: bool, colors: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(default=str)
    # tracebacks come as text that the redaction has seen, not with the values of variables
    return structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=structlog.dev.plain_traceback
    )


def _route_standard_library(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # its lines hold whole addresses; requests that matter have lines of their own
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


class _Redaction:
    """Takes secrets out, and keeps an entry on one line (JSON does so by itself): nobody can forge one."""

    def __init__(self, secrets: Iterable[str], *, is_json: bool) -> None:
        self._secrets = sorted((s for s in secrets if len(s) >= _SHORTEST_SECRET), key=len)[::-1]
        self._is_json = is_json

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        return {name: self._clean(value, name) for name, value in event.items()}

    def _clean(self, value: Any, name: str = "") -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {self._text(str(key)): self._clean(each) for key, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(each) for each in value]
        text = self._text(str(value))
        if self._is_json or name == "exception":
            return text
        return _CONTROLS.sub(lambda found: repr(found.group())[1:-1], text)

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _GONE)
        return _TOKENS.sub(_GONE, text)

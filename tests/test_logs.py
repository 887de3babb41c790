from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from feedbackbot.logs import set_up_logs

SEEDED = [
    "7000000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
    "xoxb-1234-5678-abcdEFGH",
    "xoxe.xoxp-1-Mi0yLTEy",
    "xapp-1-A012-345-abcdef",
    "sk_live_51Habcdef",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "shpat_0123456789abcdef",
    "correct-horse-battery",
]


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers, root.level = handlers, level


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def refuse(value: object) -> None:
    raise ValueError(f"refused {value}")


def entries(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("style", ["json", "text"])
@pytest.mark.parametrize("secret", SEEDED)
def test_no_secret_reaches_the_log_by_any_way(out: io.StringIO, style: str, secret: str) -> None:
    set_up_logs(style=style, secrets=["correct-horse-battery"], level="DEBUG", out=out)
    ours, library = structlog.get_logger("feedbackbot"), logging.getLogger("some.library")

    ours.info(f"calling https://api.telegram.org/bot{secret}/getMe", url=f"/bot{secret}/getMe")
    ours.info("nested", headers={"Authorization": [secret]}, both=(secret, b"x"))
    library.warning("GET %s", f"/file/bot{secret}/photo.jpg")
    try:
        refuse(secret)
    except ValueError:
        ours.exception("failed")
        library.exception("failed")

    assert secret not in out.getvalue()
    assert out.getvalue().count("[secret]") >= 7


def test_the_token_of_a_customer_s_link_and_a_bearer_are_kept_out(out: io.StringIO) -> None:
    set_up_logs(style="json", out=out)

    log = structlog.get_logger("feedbackbot")
    log.info("opened", link="https://t.me/SomaBot?start=Zm9vYmFyYmF6cXV4MTIz", h="Bearer abc.def")

    assert "Zm9vYmFyYmF6cXV4MTIz" not in out.getvalue()
    assert "abc.def" not in out.getvalue()
    assert "https://t.me/SomaBot?start=[secret]" in out.getvalue()


@pytest.mark.parametrize("style", ["json", "text"])
@pytest.mark.parametrize("newline", ["\n", "\r", "\x1b[2J", "\u2028", "\x85"])
def test_nobody_can_write_an_entry_of_their_own(out: io.StringIO, style: str, newline: str) -> None:
    set_up_logs(style=style, out=out)

    structlog.get_logger("feedbackbot").info(f"a{newline}b", name=f"Ada{newline}level=error")
    logging.getLogger("library").warning("c%sd", newline)

    assert newline not in out.getvalue().replace("\n", "", 2)
    assert len(out.getvalue().splitlines()) == 2


def test_entries_are_json_where_nobody_watches(out: io.StringIO) -> None:
    set_up_logs(out=out)

    structlog.get_logger("feedbackbot.delivering").info("sent", message=7, ok=True, took=0.25)

    entry = entries(out)[0]
    assert (entry["event"], entry["level"], entry["message"]) == ("sent", "info", 7)
    assert (entry["logger"], entry["ok"], entry["took"]) == ("feedbackbot.delivering", True, 0.25)
    assert entry["timestamp"].endswith("Z")


def test_entries_are_text_on_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    set_up_logs(out=out)

    structlog.get_logger("feedbackbot").info("sent", message=7)

    assert "sent" in out.getvalue()
    assert not out.getvalue().startswith("{")


def test_an_exception_keeps_its_traceback_without_values_of_variables(out: io.StringIO) -> None:
    set_up_logs(style="json", out=out)
    words = "THE SOLE CAME OFF".lower()

    try:
        refuse(len(words))
    except ValueError:
        structlog.get_logger("feedbackbot").exception("failed")

    assert "ValueError: refused 17" in entries(out)[0]["exception"]
    assert words not in out.getvalue()


@pytest.mark.parametrize(
    "name", ["httpx", "httpcore.http11", "aiohttp.access", "slack_bolt.AsyncApp", "telegram.Bot"]
)
def test_libraries_that_log_addresses_and_messages_are_heard_from_warnings_on(
    out: io.StringIO, name: str
) -> None:
    set_up_logs(style="json", level="DEBUG", out=out)

    logging.getLogger(name).info("POST with everything in it")
    logging.getLogger(name).warning("slow")

    assert [entry["event"] for entry in entries(out)] == ["slow"]


def test_what_is_bound_to_the_context_stands_in_every_entry(out: io.StringIO) -> None:
    set_up_logs(style="json", out=out)

    with structlog.contextvars.bound_contextvars(update=42):
        structlog.get_logger("feedbackbot").info("received")
        logging.getLogger("library").warning("odd")

    assert [entry["update"] for entry in entries(out)] == [42, 42]


def test_warnings_are_logged(out: io.StringIO) -> None:
    set_up_logs(style="json", out=out)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old-fashioned", stacklevel=1)
        logging.captureWarnings(capture=False)

    assert "old-fashioned" in out.getvalue()

"""What people type beside a bot that is running and one real conversation: figures, exports, the manifest, the key."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from acceptance.asking import status_of
from acceptance.platforms import MARKETING, SUPPORT
from acceptance.scenes import COMPARED, PUBLIC, REASON, REMEDY, begins
from acceptance.stage import Stage
from acceptance.terminal import rows_of, run
from feedbackbot.channels.slack_manifest import EVENTS, scopes

FORMULA = "=1+1 is two, and these shoes are the best two I have had."


@pytest.fixture(scope="module")
def shop(shop: Stage) -> Stage:
    """With a complaint, and a quote that begins like a formula and is public."""
    _talk(shop)
    return shop


def _talk(stage: Stage) -> None:
    ada, bo = begins(stage, "7001", "Ada"), begins(stage, "7002", "Bo")
    mia = stage.staff("U0MIA")
    for phone, label in ((ada, "5 ★"), (bo, "1 ★")):
        phone.taps(label)
        phone.reads(REASON)
    ada.writes(FORMULA)
    bo.writes("Both of them are left shoes")
    ada.reads(COMPARED)
    ada.taps("Much better")
    ada.reads("May we quote these words")
    ada.taps("Yes, these")
    ada.reads("How shall we sign it?")
    ada.taps("Ada")
    ada.reads("This is exactly what people will see")
    ada.taps("I agree")
    mia.clicks("Approve", mia.reads(FORMULA, MARKETING))
    ada.reads(PUBLIC)
    bo.reads(REMEDY)
    bo.taps("Repair or replace it")
    mia.reads("Both of them are left shoes", SUPPORT)


# ------------------------------------------------------------------------- stats, export


def test_the_figures_count_what_was_said(shop: Stage) -> None:
    figures = json.loads(shop.command("stats", "--json").stdout)
    table = shop.command("stats").stdout

    assert figures["csat"]["n"] == 2
    assert figures["csat_distribution"] == {"1": 1, "2": 0, "3": 0, "4": 0, "5": 1}
    assert figures["escalations"]["opened"] == 1
    assert figures["testimonials"]["published"] == 1
    assert re.search(r"^5 of 5 +1 *$", table, re.MULTILINE)
    assert "fewer than 5: no percentage yet" in table


def test_published_words_are_exported_with_the_truth_about_how_they_were_chosen(
    shop: Stage,
) -> None:
    content = json.loads(shop.command("export", "testimonials").stdout)

    (one,) = content["testimonials"]
    assert (one["quote"], one["author"], one["rating"]) == (FORMULA, "Ada", 5)
    assert "Quotes selected by Birch & Lane" in content["disclosure"]["text"]


def test_a_quote_that_begins_like_a_formula_is_harmless_in_a_spreadsheet(shop: Stage) -> None:
    file = shop.folder / "quotes.csv"

    done = shop.command("export", "testimonials", "--format", "csv", "--to", str(file))

    assert done.returncode == 0, done.stderr
    (row,) = rows_of(file)
    assert row["quote"] == f"'{FORMULA}"
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_the_exported_page_stands_on_its_own(shop: Stage) -> None:
    page = shop.command("export", "testimonials", "--format", "html").stdout

    assert FORMULA in page
    assert "Quotes selected by Birch &amp; Lane" in page
    assert not re.search(r"<link[^>]+stylesheet|<script[^>]+src=|<img", page)


# ------------------------------------------------------------------------- slack manifest


def _manifest(stage: Stage, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stage.command("slack", "manifest", *words).stdout)
    return found


def test_the_manifest_lists_what_the_code_uses(shop: Stage) -> None:
    made = _manifest(shop)

    assert made["oauth_config"]["scopes"]["bot"] == scopes()
    assert set(made["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)
    assert made["settings"]["socket_mode_enabled"] is True
    used = {call["method"] for call in shop.look("calls", platform="slack")}
    assert {"chat.postMessage", "users.info"} <= used


def test_the_manifest_for_signed_http_names_the_address(shop: Stage) -> None:
    made = _manifest(shop, "--http", "https://feedback.example")

    address = "https://feedback.example/webhooks/slack"
    assert made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["settings"]["interactivity"]["request_url"] == address
    assert made["settings"]["socket_mode_enabled"] is False


def test_one_click_creates_the_same_app(shop: Stage) -> None:
    url = shop.command("slack", "manifest", "--url").stdout.strip()

    start = "https://api.slack.com/apps?new_app=1&manifest_json="
    assert url.startswith(start)
    assert json.loads(unquote(url.removeprefix(start))) == _manifest(shop)


# ------------------------------------------------------------------------- database, key


def test_the_database_is_brought_to_its_schema_beside_a_running_bot(shop: Stage) -> None:
    done = shop.command("db", "upgrade")

    assert (done.returncode, "newest schema" in done.stdout) == (0, True), done.stderr
    assert status_of(f"{shop.bot}/readyz") == 200


def test_another_key_is_refused_before_anything_is_read(shop: Stage, tmp_path: Path) -> None:
    other = tmp_path / "other"
    run("db", "upgrade", folder=other_home(other))
    key = next((other / ".config").rglob("*.key"))

    done = shop.command("stats", FEEDBACKBOT_KEY_FILE=str(key))

    assert done.returncode == 1
    assert "another key" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_that_is_gone_is_not_replaced_by_a_new_one(shop: Stage) -> None:
    gone = shop.folder / "gone.key"

    done = shop.command("stats", FEEDBACKBOT_KEY_FILE=str(gone))

    assert done.returncode == 1
    assert "Put the key file back" in done.stderr
    assert not gone.exists()


def other_home(folder: Path) -> Path:
    folder.mkdir()
    return folder

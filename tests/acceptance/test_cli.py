"""Every command as people type it, beside a bot that is running and one real conversation."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from acceptance.stage import MARKETING, SUPPORT, Stage, run, status_of
from feedbackbot.channels.slack_manifest import EVENTS, scopes

SAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "purchases.csv"
#: when the sample's purchases are fresh
OPENS_AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
FORMULA = "=1+1 is two, and these shoes are the best two I have had."
LINK = re.compile(r"https://t\.me/feedback_demo_bot\?start=[A-Za-z0-9_-]{22,}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A shop with a complaint, and a quote that begins like a formula and is public."""
    stage = Stage(folder=tmp_path_factory.mktemp("shop"), opens_at=OPENS_AT)
    try:
        _talk(stage.open())
        yield stage
    finally:
        stage.close()


def _talk(stage: Stage) -> None:
    delivered = "2026-11-19T10:00:00+00:00"
    ada, bo, mia = stage.customer("Ada"), stage.customer("Bo"), stage.staff("U0MIA")
    ada.opens(stage.purchase("7001", "Ada", delivered_at=delivered))
    bo.opens(stage.purchase("7002", "Bo", delivered_at=delivered))
    for phone, label in ((ada, "5 ★"), (bo, "1 ★")):
        phone.reads("how satisfied or dissatisfied")
        phone.taps(label)
        phone.reads("main reason for your score")
    ada.writes(FORMULA)
    bo.writes("Both of them are left shoes")
    ada.reads("Compared with what you expected")
    ada.taps("Much better")
    ada.reads("May we quote these words")
    ada.taps("Yes, these")
    ada.reads("How shall we sign it?")
    ada.taps("Ada")
    ada.reads("This is exactly what people will see")
    ada.taps("I agree")
    mia.clicks("Approve", mia.reads(FORMULA, MARKETING))
    ada.reads("Your words are public now")
    bo.reads("What would put it right")
    bo.taps("Repair or replace it")
    mia.reads("Both of them are left shoes", SUPPORT)


def _lines(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))


# ------------------------------------------------------------------------- import


def test_the_sample_file_is_imported_and_every_customer_gets_one_link(shop: Stage) -> None:
    links, cards = shop.folder / "links.csv", shop.folder / "cards.html"
    words = ("import", str(SAMPLE), "--links", str(links), "--cards", str(cards))

    first = shop.command(*words)
    again = shop.command(*words)

    assert (first.returncode, again.returncode) == (0, 0)
    assert "3 lines: 3 new, 0 with news, 0 known already, 0 refused" in first.stderr
    assert "3 lines: 0 new, 0 with news, 3 known already, 0 refused" in again.stderr
    rows = _lines(links)
    assert [(row["order"], row["first_name"]) for row in rows] == [
        ("1042", "Ada"),
        ("1043", "Bo"),
        ("1044", "Cleo"),
    ]
    assert len({row["link"] for row in rows if LINK.fullmatch(row["link"])}) == 3
    page = cards.read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    assert "Birch &amp; Lane" in page
    assert "http" not in re.sub(r"https://t\.me/\S+|http://www\.w3\.org/\S+", "", page)


def test_a_link_of_an_imported_purchase_leads_to_its_question(shop: Stage) -> None:
    file, links = shop.folder / "one.csv", shop.folder / "one-link.csv"
    file.write_text("order,first_name,item,delivered_at\n2001,Dora,Lamp,2026-11-19\n")
    shop.command("import", str(file), "--links", str(links))
    (link,) = (row["link"] for row in _lines(links) if row["order"] == "2001")

    dora = shop.customer("Dora")
    dora.opens(link)

    assert "Lamp" in dora.reads("how satisfied or dissatisfied")


def test_wrong_lines_are_named_and_kept_and_the_others_are_taken(shop: Stage) -> None:
    file = shop.folder / "mixed.csv"
    file.write_text(
        "order;first_name;item;total;delivered_at\r\n"
        "3001;Eve;Lamp;12,50;19.11.2026\r\n"
        ";Nobody;Lamp;12,50;19.11.2026\r\n"
        "3003;Gil;Lamp;much;19.11.2026\r\n"
        "3005;Hana;Lamp;12,50;the day after\r\n"
        "3006;Ivo;Lamp;12,50;19.11.2026;one cell too many\r\n",
        encoding="utf-8",
        newline="",
    )

    done = shop.command("import", str(file))

    assert done.returncode == 1
    assert "5 lines: 1 new, 0 with news, 0 known already, 4 refused" in done.stderr
    named = [int(number) for number in re.findall(r"^line (\d+): .+", done.stderr, re.MULTILINE)]
    assert named == [3, 4, 5, 6]
    kept = _lines(shop.folder / "mixed.refused.csv")
    assert [row["line"] for row in kept] == ["3", "4", "5", "6"]
    assert all(row["reason"] for row in kept)


def test_a_refused_file_can_be_put_right_and_imported_in_its_turn(shop: Stage) -> None:
    file = shop.folder / "typo.csv"
    file.write_text("order,first_name,item,delivered_at\n4001,Joe,Lamp,the day after\n")
    shop.command("import", str(file))
    kept = shop.folder / "typo.refused.csv"
    kept.write_text(kept.read_text(encoding="utf-8-sig").replace("the day after", "2026-11-19"))

    done = shop.command("import", str(kept))

    assert (done.returncode, "1 new" in done.stderr) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"name,colour\nLamp,red\n", "no column called order or item"),
    ],
)
def test_a_file_that_is_no_list_of_purchases_is_refused_in_a_sentence(
    shop: Stage, content: bytes, sentence: str
) -> None:
    file = shop.folder / "other.csv"
    file.write_bytes(content)

    done = shop.command("import", str(file))

    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_a_sentence(shop: Stage) -> None:
    done = shop.command("import", "nowhere.csv")

    assert done.returncode in {1, 2}
    assert "nowhere.csv" in done.stderr
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------------------- invite


def test_an_invitation_by_hand_prints_its_link_and_draws_its_code(shop: Stage) -> None:
    svg = shop.folder / "code.svg"

    done = shop.command(
        *("invite", "5001", "--item", "Trail shoes", "--item", "Wool socks"),
        *("--first-name", "Kim", "--svg", str(svg), "--snippets"),
    )

    assert done.returncode == 0, done.stderr
    link = done.stdout.splitlines()[0]
    assert LINK.fullmatch(link)
    assert svg.read_text().startswith("<svg")
    assert done.stdout.count(link) >= 3


def test_an_invitation_made_twice_has_one_link(shop: Stage) -> None:
    first = shop.command("invite", "5002", "--item", "Lamp")
    again = shop.command("invite", "5002", "--item", "Lamp")

    assert first.stdout == again.stdout != ""


def test_an_invitation_by_hand_is_asked_about_on_a_known_day(shop: Stage) -> None:
    link = shop.command("invite", "5003", "--item", "Lamp").stdout.strip()
    lea = shop.customer("Lea")

    lea.opens(link)

    assert "8 December" in lea.reads("I am the feedback bot of Birch & Lane")


def test_a_link_is_looked_at_without_being_bound(shop: Stage) -> None:
    link = shop.command("invite", "5004", "--item", "Lamp").stdout.strip()

    seen = shop.command("invite", "--preview", link)

    assert seen.returncode == 0
    assert "Order 5004" in seen.stdout
    assert "not opened yet" in seen.stdout
    lou = shop.customer("Lou")
    lou.opens(link)
    lou.reads("Lamp")
    assert "opened by a customer" in shop.command("invite", "--preview", link).stdout


def test_an_unknown_link_is_refused_in_a_sentence(shop: Stage) -> None:
    done = shop.command("invite", "--preview", "https://t.me/feedback_demo_bot?start=" + "x" * 24)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


@pytest.mark.parametrize("words", [("invite",), ("invite", "5005")])
def test_an_invitation_without_its_facts_says_which_option_brings_them(
    shop: Stage, words: tuple[str, ...]
) -> None:
    done = shop.command(*words)

    assert done.returncode in {1, 2}
    assert "--item" in done.stderr


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
    (row,) = _lines(file)
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


# ------------------------------------------------------------------------- without anything set


def test_run_without_a_setting_says_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    done = run("run", "--port", "0", folder=tmp_path)

    assert done.returncode == 1
    for name, how in (
        ("TELEGRAM_BOT_TOKEN", "t.me/BotFather"),
        ("SLACK_BOT_TOKEN", "feedbackbot slack manifest"),
        ("SLACK_APP_TOKEN", "connections:write"),
        ("SLACK_SUPPORT_CHANNEL", "Invite the bot"),
    ):
        assert re.search(rf"{name} is not set: .*{how}", done.stdout)


def test_wrong_settings_are_named_all_at_once_without_their_values(tmp_path: Path) -> None:
    wrong = {"SLACK_BOT_TOKEN": "xapp-secret-one", "TELEGRAM_SENDS_PER_SECOND": "fast-secret"}

    done = run("run", "--port", "0", folder=tmp_path, environ=wrong)

    assert done.returncode == 1
    assert "SLACK_BOT_TOKEN begins with xapp-" in done.stderr
    assert "TELEGRAM_SENDS_PER_SECOND must be a number" in done.stderr
    assert "secret" not in done.stdout + done.stderr


def test_a_link_needs_the_bots_name_and_says_so(tmp_path: Path) -> None:
    done = run("invite", "1", "--item", "Lamp", folder=tmp_path)

    assert done.returncode == 1
    assert "feedbackbot run" in done.stderr


def test_new_scripts_are_in_order_and_are_what_the_bot_in_that_folder_says(tmp_path: Path) -> None:
    made = run("init", "mine", folder=tmp_path)
    checked = run("check", "mine", folder=tmp_path)
    script = tmp_path / "mine" / "conversations" / "after_purchase.yaml"
    started = run("run", "--port", "0", folder=tmp_path / "mine")

    assert (made.returncode, checked.returncode) == (0, 0), made.stderr + checked.stdout
    assert "wrote mine/.env" in made.stdout
    assert script.is_file()
    assert "Conversations  conversations" in started.stdout


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    run("init", "mine", folder=tmp_path)
    env = tmp_path / "mine" / ".env"
    env.write_text("TELEGRAM_BOT_TOKEN=precious\n")

    again = run("init", "mine", folder=tmp_path)

    assert again.returncode == 1
    assert env.read_text() == "TELEGRAM_BOT_TOKEN=precious\n"


def test_a_wrong_script_is_refused_with_file_line_and_column(tmp_path: Path) -> None:
    run("init", "mine", folder=tmp_path)
    folder = tmp_path / "mine" / "conversations"
    script = folder / "after_purchase.yaml"
    text = script.read_text(encoding="utf-8")
    script.write_text(text.replace("- {else: arrived}", "- {else: arived}"), encoding="utf-8")
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "{else: arrived}" in words)

    for where in ("mine", "mine/conversations"):
        done = run("check", where, folder=tmp_path)

        assert done.returncode == 1, where
        assert re.search(rf"after_purchase\.yaml:{line}:\d+: .*arived", done.stdout)
        assert "arrived" in done.stdout


def test_a_folder_without_scripts_is_not_in_order(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    for where in ("empty", "nowhere"):
        done = run("check", where, folder=tmp_path)

        assert done.returncode == 1
        assert "in order" not in done.stdout


def test_a_script_is_played_from_a_pipe(tmp_path: Path) -> None:
    run("init", "mine", folder=tmp_path)
    script = "mine/conversations/after_purchase.yaml"
    typed = "1\nThe sole came off\nRepair or replace it\n/staff claim\n/quit\n"

    done = run("play", script, folder=tmp_path, typed=typed)

    assert done.returncode == 0, done.stderr
    assert "bot> Hi Ada" in done.stdout
    assert "Rita from Birch & Lane has read your message" in done.stdout


def test_help_names_every_command(tmp_path: Path) -> None:
    done = run("--help", folder=tmp_path)

    assert done.returncode == 0
    wanted = [
        "demo",
        "run",
        "init",
        "check",
        "play",
        "import",
        "invite",
        "stats",
        "slack",
        "export",
        "db",
    ]
    assert [
        name for name in wanted if not re.search(rf"^ +{name} ", done.stdout, re.MULTILINE)
    ] == []
    for name in wanted:
        assert run(name, "--help", folder=tmp_path).returncode == 0

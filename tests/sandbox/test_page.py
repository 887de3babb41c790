"""The sandbox's page in a real browser: what is typed, tapped, clicked and pushed there happens on both platforms."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from chromium import chromium
from sandbox.over_http import Sandbox
from sandbox.slackapp import CARD, SlackApp

LINK = "https://t.me/feedback_demo_bot?start="


@dataclass(frozen=True, slots=True)
class Customer:
    id: int


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    command = [sys.executable, "-m", "feedbackbot.sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield Sandbox(json.loads(server.stdout.readline())["url"])
        server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, sandbox: Sandbox, customer: Customer) -> Iterator[Page]:
    """The page, with the customer's phone in hand; it must not have failed on the way."""
    failures: list[str] = []
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(8000)
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(sandbox.url)
    tab(page, customer).click()
    yield page
    context.close()
    assert failures == []


@pytest.fixture
def customer(sandbox: Sandbox) -> Customer:
    """Somebody new for each test, so that no test sees another's chat."""
    return Customer(sandbox.control("telegram/customers", first_name="Ada")["id"])


@pytest.fixture
def started(page: Page, sandbox: Sandbox, customer: Customer) -> Customer:
    sandbox.control("telegram/open_link", customer=customer.id)
    assert sandbox.next_update("message")["text"] == "/start"
    expect(bubbles(page)).to_have_count(1)
    return customer


def test_start_and_what_is_typed_reach_the_bot(page: Page, sandbox: Sandbox) -> None:
    page.get_by_test_id("phone-start").click()
    assert sandbox.next_update("message")["text"] == "/start"

    page.get_by_test_id("phone-composer").fill("The sole came off")
    page.get_by_test_id("phone-send").click()

    assert sandbox.next_update("message")["text"] == "The sole came off"
    expect(bubbles(page).last).to_contain_text("The sole came off")


def test_the_button_in_a_mail_opens_telegram_and_start_carries_the_invitation(
    page: Page, sandbox: Sandbox, customer: Customer
) -> None:
    sandbox.control(
        "mail", to_customer=customer.id, subject="Your shoes", text="Hello", link=f"{LINK}k3Jx9Qpa"
    )
    page.get_by_test_id("mail-item").click()
    page.get_by_test_id("mail-button").click()
    page.get_by_test_id("phone-start").click()

    assert sandbox.next_update("message")["text"] == "/start k3Jx9Qpa"


def test_a_tap_reaches_the_bot_and_its_answer_shows(
    page: Page, sandbox: Sandbox, started: Customer
) -> None:
    stars = [[{"text": f"{n} ⭐", "callback_data": f"score:{n}"} for n in range(1, 6)]]
    keyboard = {"inline_keyboard": stars}
    sandbox.telegram("sendMessage", chat_id=started.id, text="How was it?", reply_markup=keyboard)

    page.get_by_test_id("phone-button").nth(1).click()
    query = sandbox.next_update("callback_query")
    sandbox.telegram("answerCallbackQuery", callback_query_id=query["id"], text="Noted")

    assert query["data"] == "score:2"
    expect(page.get_by_test_id("phone-toast")).to_have_text("Noted")


def test_a_photo_and_a_voice_note_can_be_sent(
    page: Page, sandbox: Sandbox, started: Customer
) -> None:
    page.get_by_test_id("phone-attach").click()
    page.get_by_role("menuitem", name="Sample photo").click()
    assert "photo" in sandbox.next_update("message")

    page.get_by_test_id("phone-send").click()

    assert "voice" in sandbox.next_update("message")
    expect(bubbles(page)).to_have_count(3)


def test_an_own_message_can_be_edited(page: Page, sandbox: Sandbox, started: Customer) -> None:
    sandbox.control("telegram/send", customer=started.id, text="Fien")
    bubbles(page).last.locator(".bubble").click(button="right")
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_test_id("phone-composer").fill("Fine")
    page.keyboard.press("Enter")

    assert sandbox.next_update("edited_message")["text"] == "Fine"
    expect(bubbles(page).last).to_contain_text("edited")


def test_what_is_being_typed_survives_what_arrives(
    page: Page, sandbox: Sandbox, started: Customer
) -> None:
    page.get_by_test_id("phone-composer").fill("Half a sent")
    sandbox.telegram("sendMessage", chat_id=started.id, text="Are you there?")
    expect(bubbles(page)).to_have_count(2)

    page.keyboard.type("ence")

    expect(page.get_by_test_id("phone-composer")).to_have_value("Half a sentence")


def test_a_phone_out_of_hand_counts_what_it_has_not_shown(
    page: Page, sandbox: Sandbox, started: Customer
) -> None:
    other = Customer(sandbox.control("telegram/customers", first_name="Bo")["id"])
    tab(page, other).click()

    sandbox.telegram("sendMessage", chat_id=started.id, text="Hello")

    expect(tab(page, started).locator(".badge")).to_have_text("1")


def test_markup_in_messages_stays_text(page: Page, sandbox: Sandbox, started: Customer) -> None:
    trick = "<img src=x onerror=\"document.title='run'\"><b>bold</b>"
    sandbox.telegram("sendMessage", chat_id=started.id, text=trick)
    sandbox.slack("chat.postMessage", channel="C0SUPPORT", text=escaped(trick))

    expect(bubbles(page).last).to_contain_text(trick)
    expect(slack_message(page, trick)).to_be_visible()
    assert page.title() != "run"


def test_a_card_is_drawn_and_its_button_opens_a_form_that_is_sent(
    page: Page, sandbox: Sandbox, slack_app: SlackApp
) -> None:
    sandbox.slack("chat.postMessage", channel="C0SUPPORT", text="A complaint", blocks=CARD)
    card = slack_message(page, "Trail runner, size 39")
    expect(card.locator("strong", has_text="Repair or replace it")).to_be_visible()

    card.get_by_role("button", name="Reply").click()
    modal = page.get_by_test_id("modal")
    modal.get_by_label("Your answer").fill("A new pair leaves today.")
    modal.get_by_test_id("modal-submit").click()

    expect(modal).to_be_hidden()
    assert slack_app.sent == ["A new pair leaves today."]


def test_a_refused_form_stays_open_and_says_why(
    page: Page, sandbox: Sandbox, slack_app: SlackApp
) -> None:
    sandbox.slack("chat.postMessage", channel="C0SUPPORT", text="A complaint", blocks=CARD)
    slack_message(page, "Trail runner, size 39").get_by_role("button", name="Reply").click()
    modal = page.get_by_test_id("modal")
    modal.get_by_label("Your answer").fill("no")
    modal.get_by_test_id("modal-submit").click()

    expect(modal.locator(".field-error")).to_have_text("Say a little more.")
    expect(modal.get_by_label("Your answer")).to_have_value("no")
    modal.get_by_test_id("modal-close").click()
    expect(modal).to_be_hidden()


def test_words_in_a_thread_that_mention_the_bot_are_sent_there(
    page: Page, sandbox: Sandbox
) -> None:
    root = sandbox.slack("chat.postMessage", channel="C0SUPPORT", text="Somebody is unhappy")["ts"]
    slack_message(page, "Somebody is unhappy").hover()
    slack_message(page, "Somebody is unhappy").get_by_label("Open the thread").click()
    page.get_by_test_id("thread-mention").click()
    page.get_by_test_id("thread-composer").type("We are on it")
    page.get_by_test_id("thread-send").click()

    expect(page.get_by_test_id("thread")).to_contain_text("@feedbackbot We are on it")
    reply = next(
        one for one in sandbox.state()["slack"]["messages"] if "We are on it" in one["text"]
    )
    assert (reply["thread_ts"], reply["user"]) == (root, "U0RITA")


def test_only_its_reader_sees_an_ephemeral_message(page: Page, sandbox: Sandbox) -> None:
    words = "Only your team saw this"
    sandbox.slack("chat.postEphemeral", channel="C0SUPPORT", user="U0RITA", text=words)
    expect(slack_message(page, words)).to_contain_text("Only visible to you")

    page.get_by_test_id("staff-tab").filter(has_text="Omar").click()

    expect(slack_message(page, words)).to_have_count(0)


def test_the_clock_can_be_pushed(page: Page, sandbox: Sandbox) -> None:
    before = sandbox.state()["clock"]["offset_seconds"]
    face = page.get_by_test_id("clock-face")
    shown = face.inner_text()

    page.get_by_test_id("clock-advance").filter(has_text="+3 days").click()
    expect(face).not_to_have_text(shown)
    page.get_by_test_id("clock-field").fill("2d4h")
    page.get_by_test_id("clock-go").click()
    expect(page.get_by_test_id("clock-field")).to_have_value("")

    pushed = sandbox.state()["clock"]["offset_seconds"] - before
    assert pushed == pytest.approx((5 * 24 + 4) * 3600, abs=5)
    sandbox.control("clock/reset")


def test_a_narrow_window_shows_one_side_at_a_time(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_test_id("slack")).to_be_hidden()

    page.get_by_role("button", name="Team’s Slack").click()

    expect(page.get_by_test_id("slack")).to_be_visible()
    expect(page.get_by_test_id("phone")).to_be_hidden()


def test_the_page_asks_nobody_else_for_anything(page: Page, sandbox: Sandbox) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.reload()
    expect(page.get_by_test_id("slack-channel")).to_have_count(3)

    assert [url for url in asked if not url.startswith(sandbox.url)] == []
    assert len(asked) > 10


def test_a_bot_that_is_away_is_said_to_be_away(page: Page, sandbox: Sandbox) -> None:
    expect(page.get_by_test_id("connection")).to_contain_text("Slack no bot")


def tab(page: Page, customer: Customer) -> Locator:
    return page.locator(f'[data-testid="customer-tab"][data-customer="{customer.id}"]')


def bubbles(page: Page) -> Locator:
    return page.get_by_test_id("phone-message")


def slack_message(page: Page, words: str) -> Locator:
    """The newest message in the open channel with these words."""
    return (
        page.locator(".slack-channel-view")
        .get_by_test_id("slack-message")
        .filter(has_text=words)
        .last
    )


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.fixture
def slack_app(sandbox: Sandbox) -> Iterator[SlackApp]:
    app = SlackApp(sandbox)
    threading.Thread(target=app.serve_forever, args=(0.05,), daemon=True).start()
    sandbox.control("slack/http", url=f"http://127.0.0.1:{app.server_port}/webhooks/slack")
    yield app
    sandbox.control("slack/http", url=None)
    app.shutdown()
    app.server_close()

"""`feedbackbot demo` in a real browser: one types as the customer, clicks as the staff, and it arrives on both sides."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from chromium import chromium

PATIENCE_MS = 15_000
STAFF = {"Rita": "U0RITA", "Omar": "U0OMAR", "Mia": "U0MIA"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with begun(tmp_path) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One demo for all stories; each has a customer of its own."""
    with begun(tmp_path_factory.mktemp("demo")) as process:
        yield address_of(process)
        process.kill()


@pytest.fixture
def table(address: str, browser: Browser) -> Iterator[Table]:
    """Both sides on one page."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        yield Table(page)


def begun(folder: Path) -> subprocess.Popen[str]:
    """Without a home, and with a folder for temporary files in which is seen what it leaves behind."""
    return subprocess.Popen(
        [sys.executable, "-m", "feedbackbot", "demo", "--port", "0"],
        env={"TMPDIR": str(folder)},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def address_of(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout is not None
    for line in demo.stdout:
        if found := re.search(r"http://[\d.:]+", line):
            return found[0]
    raise AssertionError(f"the demo said no address: {demo.communicate()[1]}")


@dataclass(frozen=True, slots=True)
class Table:
    """The hands and eyes of whoever sits before the demo."""

    page: Page

    def takes_the_phone_of(self, name: str) -> None:
        self.page.get_by_test_id("customer-tab").filter(has_text=name).click()

    def opens_the_invitation(self) -> None:
        self.page.get_by_test_id("mail-item").click()
        self.page.get_by_test_id("mail-button").click()
        self.page.get_by_test_id("phone-start").click()

    def reads(self, words: str) -> Locator:
        """On the phone that is open, from the bot."""
        bubble = self.page.locator("[data-testid=phone-message][data-from=bot]")
        found = bubble.filter(has_text=words).last
        expect(found).to_be_visible(timeout=PATIENCE_MS)
        return found

    def taps(self, label: str) -> None:
        self.page.get_by_test_id("phone-button").filter(has_text=label).last.click()

    def types(self, words: str) -> None:
        field = self.page.get_by_test_id("phone-composer")
        field.fill(words)
        field.press("Enter")

    def becomes(self, name: str, channel: str) -> None:
        self.page.locator(f"[data-testid=staff-tab][data-user={STAFF[name]}]").click()
        self.page.get_by_test_id("slack-channel").filter(has_text=channel).click()

    def card(self, words: str) -> Locator:
        card = self.page.locator(".slack-channel-view [data-testid=slack-message]")
        found = card.filter(has_text=words).last
        expect(found).to_be_visible(timeout=PATIENCE_MS)
        return found

    def presses(self, label: str, card: Locator) -> None:
        card.get_by_role("button", name=label, exact=True).click()

    def sends_the_form(self, **fields: str) -> None:
        """Each field by its label's first words."""
        form = self.page.get_by_test_id("modal")
        for label, value in fields.items():
            place = form.get_by_label(re.compile(label.replace("_", " "), re.IGNORECASE)).first
            if place.evaluate("node => node.tagName") == "SELECT":
                place.select_option(label=value)
            else:
                place.fill(value)
        self.page.get_by_test_id("modal-submit").click()
        expect(form).to_have_count(0)

    def thread_line(self, words: str) -> Locator:
        line = self.page.get_by_test_id("thread").get_by_test_id("slack-message")
        found = line.filter(has_text=words).last
        expect(found).to_be_visible(timeout=PATIENCE_MS)
        return found

    def has_done(self, step: str) -> None:
        """It is ticked off in "What to try"."""
        expect(self.page.locator("#tour li.done").filter(has_text=step)).to_be_visible()


def test_a_complaint_is_answered_by_a_person_and_checked_later(table: Table) -> None:
    table.takes_the_phone_of("Bo")
    table.opens_the_invitation()
    table.reads("how satisfied or dissatisfied")
    table.taps("1 ★")
    table.reads("main reason for your score")
    table.types("A pole snapped on the first night and the rain came in.")
    table.reads("What would put it right")
    table.taps("Repair or replace it")
    table.reads("I have given this to the team")

    card = table.card("A pole snapped on the first night")
    table.presses("Claim", card)
    table.reads("Rita from Birch & Lane has read your message")
    table.presses("Reply", card)
    table.sends_the_form(Your_words="A new set of poles leaves us today, Bo.")
    table.reads("A new set of poles leaves us today, Bo.")

    card.get_by_test_id("thread-link").click()
    sent = table.thread_line("A new set of poles")
    mark = sent.locator("[data-testid=slack-reaction][data-name=white_check_mark]")
    expect(mark).to_be_visible(timeout=PATIENCE_MS)
    table.has_done("Claim and reply as Rita")

    table.presses("Resolve", card)
    table.sends_the_form(cause="Quality", What_was_done="Sent new poles")
    table.reads("For the team this is settled")
    table.page.locator("[data-testid=clock-advance][data-advance='3d']").click()
    table.reads("did we put it right?")
    table.taps("Yes, solved")
    table.reads("it was worth asking")
    expect(card).to_contain_text("Bo says: solved", timeout=PATIENCE_MS)


def test_team_talk_stays_inside_and_a_reload_in_between_loses_nothing(table: Table) -> None:
    table.takes_the_phone_of("Cleo")
    table.opens_the_invitation()
    table.reads("I am the feedback bot of Birch & Lane")
    table.types("/human")
    table.reads("What is it about?")
    table.types("The jumper itches.")
    card = table.card("The jumper itches.")
    table.presses("Reply", card)
    form = table.page.get_by_test_id("modal")
    expect(form).to_be_visible()

    table.page.reload()

    expect(form).to_be_visible()
    table.has_done("Open the invitation")
    table.page.keyboard.press("Escape")
    expect(form).to_have_count(0)

    table.presses("Claim", card)
    card.hover()
    card.get_by_role("button", name="Open the thread").click()
    field = table.page.get_by_test_id("thread-composer")

    field.fill("He sounds nice.")
    field.press("Enter")
    table.thread_line("Only your team saw this")
    field.fill("@feedbackbot One cold wash helps, Cleo.")
    field.press("Enter")

    table.reads("One cold wash helps, Cleo.")
    phone = table.page.get_by_test_id("phone")
    expect(phone.get_by_text("He sounds nice.")).to_have_count(0)


def test_happy_words_become_public_with_a_yes_and_can_be_taken_back(table: Table) -> None:
    words = "Light, dry and on my feet every day since they came."
    table.takes_the_phone_of("Ada")
    table.opens_the_invitation()
    table.reads("how satisfied or dissatisfied")
    table.taps("5 ★")
    table.reads("main reason for your score")
    table.types(words)
    table.reads("Compared with what you expected")
    table.taps("Much better")
    table.reads("May we quote these words of yours?")
    table.taps("Yes, these")
    table.reads("How shall we sign it?")
    table.taps("Ada")
    table.reads("This is exactly what people will see")
    table.taps("I agree")
    table.reads("A person looks at it first")

    table.becomes("Mia", "marketing")
    table.presses("Approve", table.card(words))
    public = table.reads("Your words are public now")
    with table.page.context.expect_page() as opened:
        public.get_by_role("link").click()
    expect(opened.value.get_by_text(words)).to_be_visible()
    opened.value.goto(opened.value.url.partition("/t/")[0] + "/wall")
    expect(opened.value.get_by_text(words)).to_be_visible()

    table.types("/withdraw")
    table.reads("Taken back")
    opened.value.reload()
    expect(opened.value.get_by_text(words)).to_have_count(0)
    opened.value.close()


def test_ctrl_c_ends_the_demo_quietly_and_leaves_nothing_behind(
    demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    address_of(demo)
    assert list(tmp_path.iterdir()) != []

    demo.send_signal(signal.SIGINT)
    _, said = demo.communicate(timeout=10)

    assert (demo.returncode, said) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_said_in_a_sentence(demo: subprocess.Popen[str]) -> None:
    port = address_of(demo).rpartition(":")[2]

    second = subprocess.run(
        [sys.executable, "-m", "feedbackbot", "demo", "--port", port],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )

    assert second.returncode == 1
    assert f"Port {port} can't be used" in second.stderr
    assert "feedbackbot demo --port 0" in second.stderr
    assert "Traceback" not in second.stderr

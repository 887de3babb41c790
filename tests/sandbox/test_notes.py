"""What whoever runs the bot says about its scripts, on the sandbox's page and in its control API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from chromium import chromium
from feedbackbot.sandbox.client import ControlError, SandboxClient
from feedbackbot.sandbox.serving import running

REFUSED = {
    "kind": "refused",
    "title": "Not in use yet: one thing to put right.",
    "text": "The scripts as they were before go on.",
    "notes": [
        {
            "where": "visit.yaml:6",
            "path": "conversations/visit.yaml:6:80",
            "words": "There is no step “wy”.",
            "hint": "Did you mean “why”? <b>really</b>",
            "source": "- {id: rate, next: wy}",
            "warning": False,
        }
    ],
}


@pytest.fixture
def sandbox() -> Iterator[SandboxClient]:
    with running() as client:
        yield client


@pytest.fixture
def page(sandbox: SandboxClient) -> Iterator[Page]:
    failures: list[str] = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(sandbox.url)
        yield page
    assert failures == []


def test_nothing_is_noted_until_somebody_does(sandbox: SandboxClient) -> None:
    assert sandbox.get("state")["notes"] == {}


def test_new_notes_take_the_place_of_the_old_ones(sandbox: SandboxClient) -> None:
    sandbox.post("notes", **REFUSED)
    sandbox.post("notes", title="Saved and in use: visit.")

    assert sandbox.get("state")["notes"] == {"title": "Saved and in use: visit.", "notes": []}
    sandbox.post("notes")
    assert sandbox.get("state")["notes"] == {}


@pytest.mark.parametrize("notes", ["words", [1], {"a": 1}])
def test_notes_that_are_no_list_of_objects_are_refused(
    sandbox: SandboxClient, notes: object
) -> None:
    with pytest.raises(ControlError, match="list of objects"):
        sandbox.post("notes", title="x", notes=notes)


def test_the_page_shows_them_beside_the_phone_as_they_come(
    sandbox: SandboxClient, page: Page
) -> None:
    notes = page.get_by_test_id("notes")
    expect(page.get_by_test_id("phone")).to_be_visible()
    expect(notes).to_have_count(0)

    sandbox.post("notes", **REFUSED)
    expect(notes).to_contain_text("Not in use yet: one thing to put right.")
    line = page.get_by_test_id("note")
    expect(line).to_contain_text("visit.yaml:6")
    expect(line).to_contain_text("There is no step “wy”.")
    expect(line).to_contain_text("<b>really</b>")

    sandbox.post("notes", kind="accepted", title="Saved and in use: visit.")
    expect(notes).to_contain_text("Saved and in use: visit.")
    expect(page.get_by_test_id("note")).to_have_count(0)


def test_hidden_notes_stay_away_until_there_is_something_new(
    sandbox: SandboxClient, page: Page
) -> None:
    sandbox.post("notes", **REFUSED)
    page.get_by_test_id("notes-hide").click()
    expect(page.get_by_test_id("notes")).to_be_hidden()

    sandbox.post("notes", kind="accepted", title="Saved and in use: visit.")
    expect(page.get_by_test_id("notes")).to_be_visible()


def test_the_phone_keeps_room_for_itself(sandbox: SandboxClient, page: Page) -> None:
    sandbox.customer()
    expect(page.get_by_test_id("phone")).to_contain_text("/start")
    before = page.get_by_test_id("phone").bounding_box()
    sandbox.post("notes", **{**REFUSED, "notes": REFUSED["notes"] * 12})  # type: ignore[operator]
    expect(page.get_by_test_id("notes")).to_be_visible()
    after, notes = (page.get_by_test_id(name).bounding_box() for name in ("phone", "notes"))

    assert before
    assert after
    assert notes
    assert after["height"] > before["height"] / 2
    assert notes["y"] + notes["height"] <= after["y"]
    assert after["y"] + after["height"] <= 900

"""Coverage by step and by branch, and the results as JUnit XML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

from rehearsing_samples import HAPPY, UNHAPPY

Shown = Callable[..., tuple[int, str]]


def test_what_no_test_goes_through_is_listed_with_its_line(shown: Shown) -> None:
    _, screen = shown(HAPPY)

    assert "shoes: 3 of 6 steps, 1 of 7 branches (30 %)" in screen
    assert "shoes.yaml:7: rate → quiet is never taken (when no answer comes)" in screen
    assert "shoes.yaml:12: rate → bye is never taken (when it is never understood)" in screen
    assert "shoes.yaml:14: rate → hand_over is never taken (if score <= 2)" in screen
    assert "shoes.yaml:16: no test reaches hand_over" in screen


def test_tests_add_up_and_branches_of_unreached_steps_are_not_listed(shown: Shown) -> None:
    _, screen = shown(HAPPY + UNHAPPY)

    assert "shoes: 5 of 6 steps, 3 of 7 branches (61 %)" in screen
    assert "put_right → hand_over is never taken (if recovered == 'open')" in screen
    assert "never taken (else)" not in screen


def test_too_little_coverage_fails_when_so_wished(shown: Shown) -> None:
    assert shown(HAPPY, cover=30.0)[0] == 0
    code, screen = shown(HAPPY, cover=31.0)

    assert code == 1
    assert "Less is covered than the 31 % asked for." in screen


def test_scripts_without_tests_are_named(shown: Shown, folder: Path) -> None:
    script = (folder / "shoes.yaml").read_text(encoding="utf-8")
    (folder / "boots.yaml").write_text(script.replace("script: shoes", "script: boots"))

    assert "Not tested here: boots" in shown(HAPPY)[1]


def test_junit_counts_names_and_explains(shown: Shown, folder: Path) -> None:
    wrong = HAPPY.replace("a happy customer is thanked", 'no <good> "end" \\u0007 here').replace(
        "tap: 5", "tap: 2"
    )
    wrong = wrong.replace("test: no", 'test: "no').replace('"end" \\u0007 here', '& \\a here"')
    file = folder / "junit.xml"

    shown(HAPPY + wrong, junit=file)

    root = ET.parse(file).getroot()
    suite = root[0]
    assert (root.tag, suite.tag, suite.get("name")) == ("testsuites", "testsuite", "shoes")
    assert [suite.get(key) for key in ("tests", "failures", "errors")] == ["2", "1", "0"]
    good, bad = suite
    assert (good.get("classname"), good.get("name")) == ("shoes", "a happy customer is thanked")
    assert (good.get("line"), len(good)) == ("2", 0)
    assert bad.get("name") == "no <good> & \ufffd here"
    assert "does not contain “Lovely.”" in (bad[0].get("message") or "")
    assert "shoes.test.yaml:16:7" in (bad[0].text or "")
    assert float(bad.get("time") or "x") >= 0

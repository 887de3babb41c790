"""A script is edited while a hundred people are in the middle of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from crowded import BROKEN, REWRITTEN, VISIT, Crowd, house_of, write
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.reading.problems import ScriptProblems
from feedbackbot.engine.reading.watching import FolderWatch
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.reloading import Reloaded, Reloader, load_or_last_good
from feedbackbot.versions import adopt, keep_version

EVERYBODY = range(1, 101)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "conversations")


@pytest.fixture
def crowd(database: Database, folder: Path, now: datetime) -> Crowd:
    return Crowd(database, house_of(folder), now)


@pytest.fixture
def reloader(crowd: Crowd, folder: Path) -> Reloader:
    return Reloader(
        house=crowd.house,
        database=crowd.database,
        watch=FolderWatch(folder),
        now=lambda: crowd.now,
    )


def save(reloader: Reloader, script: str, name: str = "visit") -> Reloaded | None:
    write(reloader._watch.folder, script, name)
    return asyncio.run(reloader.look())


def test_a_hundred_conversations_end_as_they_began_while_their_script_is_rewritten(
    crowd: Crowd, reloader: Reloader
) -> None:
    crowd.joins(*EVERYBODY)
    for number in EVERYBODY:
        crowd.taps(number, "4")
    [(version, count)] = crowd.rows("select version, count(*) from conversations group by version")

    saved = save(reloader, REWRITTEN)
    for number in EVERYBODY:
        crowd.writes(number, "It smells of lavender")
        crowd.taps(number, "yes_again")

    assert count == 100
    assert saved is not None
    assert (saved.accepted, saved.changed) == (True, ("visit",))
    ended = "select version, status, outcome, count(*) from conversations group by 1, 2, 3"
    assert crowd.rows(ended) == [(version, "finished", "finished", 100)]
    assert crowd.rows("select count(*) from answers where step = 'why'") == [(100,)]
    assert {crowd.said_to(number)[2] for number in EVERYBODY} == {"Would you come again?"}
    assert {"Thank you for 4 stars." in crowd.said_to(n)[3] for n in EVERYBODY} == {True}
    assert crowd.rows("select count(*) from quarantine") == [(0,)]


def test_who_begins_after_the_save_is_asked_in_the_new_words(
    crowd: Crowd, reloader: Reloader
) -> None:
    crowd.joins(1)
    save(reloader, REWRITTEN)
    crowd.joins(2)

    assert "How was Soap?" in crowd.said_to(1)[0]
    assert "How did you like Soap?" in crowd.said_to(2)[0]
    assert crowd.rows("select count(distinct version) from script_versions") == [(2,)]


def test_a_wrong_version_is_refused_and_the_old_one_stays_live(
    crowd: Crowd, reloader: Reloader
) -> None:
    crowd.joins(*EVERYBODY)

    saved = save(reloader, BROKEN)
    for number in EVERYBODY:
        crowd.taps(number, "5")
    crowd.joins(101)

    assert saved is not None
    assert not saved.accepted
    assert any("wy" in problem.message for problem in saved.problems)
    assert {crowd.said_to(number)[-1] for number in EVERYBODY} == {"Why is that?"}
    assert "How was Soap?" in crowd.said_to(101)[0]
    assert crowd.rows("select count(distinct version) from conversations") == [(1,)]


def test_a_script_that_is_put_right_is_taken_at_the_next_look(reloader: Reloader) -> None:
    refused = save(reloader, BROKEN)
    nothing_new = asyncio.run(reloader.look())
    taken = save(reloader, REWRITTEN)

    assert (refused and refused.accepted, nothing_new) == (False, None)
    assert taken is not None
    assert taken.accepted


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "\x00\x01",
        "steps: [" * 5000,
        "a: &a [x]\nb: [*a, *a]\n",
        "script: visit\nspec: 1\nsteps:\n  - {id: x, say: \"{{ 'a' * 10000000000 }}\", next: x}\n",
    ],
    ids=["empty", "binary", "nested", "aliases", "hostile template"],
)
def test_nothing_that_can_be_saved_stops_the_bot(
    crowd: Crowd, reloader: Reloader, nonsense: str
) -> None:
    saved = save(reloader, nonsense)
    crowd.joins(1)

    assert saved is not None
    assert not saved.accepted
    assert crowd.said_to(1) == ["How was Soap?"]


def test_a_file_that_is_no_text_or_is_gone_is_refused(
    crowd: Crowd, reloader: Reloader, folder: Path
) -> None:
    (folder / "visit.yaml").write_bytes(b"\xff\xfe\xff")
    refused = asyncio.run(reloader.look())

    assert refused is not None
    assert [problem.code for problem in refused.problems] == ["E111"]


def test_running_conversations_survive_the_end_of_their_script(
    crowd: Crowd, reloader: Reloader, folder: Path
) -> None:
    crowd.joins(1)
    (folder / "visit.yaml").rename(folder / "call_again.yaml")
    save(reloader, VISIT.replace("script: visit", "script: call_again"), "call_again")

    crowd.taps(1, "3")

    assert list(crowd.house.library.scripts) == ["call_again"]
    assert crowd.said_to(1)[-1] == "Why is that?"


def test_after_a_restart_the_old_version_is_found_where_it_was_kept(
    crowd: Crowd, reloader: Reloader, folder: Path
) -> None:
    crowd.joins(1)
    save(reloader, REWRITTEN)
    crowd.house = house_of(folder)

    crowd.taps(1, "3")
    crowd.writes(1, "No idea")

    assert crowd.said_to(1)[1:] == ["Why is that?", "Would you come again?"]


def test_a_kept_version_outlives_rules_that_became_stricter(
    crowd: Crowd, reloader: Reloader, folder: Path
) -> None:
    """As it is when a newer feedbackbot refuses what an older one had let pass."""
    crowd.joins(1)
    kept = crowd.rows("select source from script_versions")[0][0]
    now_refused = kept.replace("start: {on:", "start: {beware: true, on:")
    crowd.database.write(
        lambda s: s.execute(
            text("update script_versions set source = :source"), {"source": now_refused}
        )
    )
    save(reloader, REWRITTEN)
    crowd.house = house_of(folder)

    crowd.taps(1, "3")

    assert now_refused != kept
    assert crowd.said_to(1)[-1] == "Why is that?"


def test_what_is_kept_under_a_hash_is_the_text_that_the_hash_is_of(
    crowd: Crowd, folder: Path
) -> None:
    """Somebody saves in the very moment in which a conversation begins."""
    script = crowd.house.library.scripts["visit"]
    write(folder, REWRITTEN)
    adopt(crowd.house, load_library(folder))

    crowd.database.write(lambda s: keep_version(s, crowd.house, script, now=crowd.now))

    [(version, source)] = crowd.rows("select version, source from script_versions")
    assert version == script.version
    assert "Why is that?" in source


def test_a_restart_with_a_wrong_file_brings_the_last_good_scripts_back(
    crowd: Crowd, folder: Path
) -> None:
    def start() -> list[str]:
        library = crowd.database.write(lambda s: load_or_last_good(s, folder, now=crowd.now))
        return list(library.scripts["visit"].steps)

    with_why = start()
    write(folder, BROKEN)

    assert start() == with_why


def test_a_first_start_with_a_wrong_file_is_refused(crowd: Crowd, tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", BROKEN)
    crowd.database.write(lambda s: load_or_last_good(s, crowd.house.conversations, now=crowd.now))

    with pytest.raises(ScriptProblems, match="wy"):
        crowd.database.write(lambda s: load_or_last_good(s, elsewhere, now=crowd.now))


def test_a_folder_without_any_script_is_refused(
    crowd: Crowd, reloader: Reloader, folder: Path
) -> None:
    (folder / "visit.yaml").unlink()
    refused = asyncio.run(reloader.look())
    crowd.joins(1)

    assert refused is not None
    assert [problem.code for problem in refused.problems] == ["E113"]
    assert crowd.said_to(1) == ["How was Soap?"]


async def test_a_save_is_noticed_within_two_seconds(reloader: Reloader, folder: Path) -> None:
    heard: asyncio.Queue[Reloaded] = asyncio.Queue()
    reloader.told = heard.put_nowait
    running = asyncio.create_task(reloader.run())
    await asyncio.sleep(0.1)

    write(folder, REWRITTEN)
    saved = await asyncio.wait_for(heard.get(), 4)
    reloader.stop()
    await asyncio.wait_for(running, 2)

    assert saved.changed == ("visit",)


@pytest.mark.parametrize(
    "save_it",
    [
        lambda path: path.write_text(REWRITTEN),
        lambda path: _beside(path, REWRITTEN).replace(path),
        lambda path: (path.parent / "second.yaml").write_text(
            VISIT.replace("script: visit", "script: second")
        ),
        lambda path: path.unlink(),
    ],
    ids=["in place", "put in its place", "a new file", "taken away"],
)
def test_every_way_of_saving_is_noticed_once(
    folder: Path, save_it: Callable[[Path], object]
) -> None:
    watch = FolderWatch(folder)
    before = watch.look()
    save_it(folder / "visit.yaml")

    assert before is None
    assert watch.look() is not None
    assert watch.look() is None


def test_the_house_is_told_of_a_library_as_a_whole(crowd: Crowd, folder: Path) -> None:
    old: House = crowd.house
    first = old.library.scripts["visit"].version
    write(folder, REWRITTEN)
    adopt(old, load_library(folder))

    assert old.library.scripts["visit"].version != first
    assert set(old.versions) == {first, old.library.scripts["visit"].version}


def _beside(path: Path, text: str) -> Path:
    other = path.with_suffix(".new")
    other.write_text(text)
    return other

from __future__ import annotations

import asyncio
import contextlib
import io
import random
import zlib
from datetime import datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import text, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from activities.test_conversing import Ada
from feedbackbot import fetching
from feedbackbot.conversing.incoming import IncomingFile, Written
from feedbackbot.engine.happenings import ReplyKind
from feedbackbot.fetching.cleaning import Refused, clean, kind_of
from feedbackbot.fetching.collecting import Collector
from feedbackbot.house import House
from feedbackbot.models.conversation import Media
from feedbackbot.models.customer import Customer
from feedbackbot.models.database import Database


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **more)
    return out.getvalue()


def with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Acme Phone of Ada"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 30.0)
    return picture(exif=exif)


def test_a_picture_loses_its_place_and_camera_and_stands_upright() -> None:
    cleaned = clean(with_place(), kind="photo")

    drawn = Image.open(io.BytesIO(cleaned.content))
    assert not dict(drawn.getexif())
    assert b"Acme" not in cleaned.content
    assert drawn.size == (48, 64)


def test_a_second_file_behind_a_picture_is_gone() -> None:
    cleaned = clean(picture() + b"PK\x03\x04 something hidden", kind="photo")

    assert b"hidden" not in cleaned.content


def test_the_first_bytes_decide_and_not_the_name() -> None:
    assert kind_of(b"<svg xmlns='http://www.w3.org/2000/svg'>") is None
    assert kind_of(b"OggS\x00\x02") == "audio/ogg"
    assert kind_of(b"\x00\x00\x00\x18ftypmp42") == "video/mp4"
    assert kind_of(picture("WEBP")) == "image/webp"


@pytest.mark.parametrize(
    "content",
    [b"", b"<html><script>alert(1)</script>", b"\xff\xd8\xff broken", b"MZ\x90\x00", b"%PDF-1.7"],
)
def test_other_things_are_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        clean(content, kind="photo")


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    bomb = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")

    with pytest.raises(Refused):
        clean(bomb.getvalue(), kind="photo")


def png(*parts: tuple[bytes, bytes]) -> bytes:
    """What nobody's camera would write."""
    chunks = [
        len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)
        for name, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def header(width: int, height: int) -> tuple[bytes, bytes]:
    return b"IHDR", width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\x00\x00\x00"


#: a few bytes that claim to be 200 million pixels
HUGE = png(header(20_000, 10_000), (b"IDAT", b""))


def test_a_few_bytes_that_claim_to_be_a_huge_picture_are_refused() -> None:
    with pytest.raises(Refused):
        clean(HUGE, kind="document")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_whatever_is_wrong_with_a_picture_it_is_drawn_or_refused(kind: str) -> None:
    whole = with_place() if kind == "JPEG" else picture(kind)
    chance = random.Random(kind)
    for _ in range(1500):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(12, min(len(broken), 220))
            broken[place] = chance.choice((0, 1, 2, 3, 4, 5, 255, chance.randrange(256)))
        with contextlib.suppress(Refused):
            clean(bytes(broken), kind="photo")


@pytest.fixture
def ada(database: Database, house: House, now: datetime) -> Ada:
    ada = Ada(database, house, now)
    file = IncomingFile(kind=ReplyKind.PHOTO, file_id="f1", size=100)
    ada.does(Written(kind=ReplyKind.PHOTO, text="Look", message_key="7:1", files=(file,)))
    return ada


def wanted(ada: Ada) -> list[int]:
    return [w.media_id for w in ada.database.read(lambda s: fetching.wanted(s, now=ada.now))]


def test_a_photo_is_wanted_until_it_is_stored(ada: Ada) -> None:
    cleaned = clean(picture(), kind="photo")
    assert wanted(ada) == [1]

    ada.database.write(lambda s: fetching.store(s, ada.house, 1, cleaned, now=ada.now))

    assert wanted(ada) == []
    stored = ada.database.read(lambda s: s.get_one(Media, 1))
    assert (stored.status, stored.mime) == ("stored", "image/jpeg")
    assert stored.sha256


def test_a_file_that_is_not_handed_out_is_asked_for_again_later(ada: Ada) -> None:
    ada.database.write(lambda s: fetching.try_later(s, ada.house, 1, now=ada.now))

    assert wanted(ada) == []
    ada.now += timedelta(seconds=3)
    assert wanted(ada) == [1]


def test_the_customer_is_told_once_that_a_file_is_lost(ada: Ada) -> None:
    for _ in range(2):
        ada.database.write(lambda s: fetching.lose(s, ada.house, 1, now=ada.now))

    told = [words for words in ada.said() if "did not hand me that file" in words]
    assert len(told) == 1


def spoil_chat(session: Session) -> None:
    """Nobody can tell this customer anything any more."""
    session.execute(update(Customer).values(chat="{"))


class Files:
    """What the platform hands out for each name: bytes, or something to raise."""

    def __init__(self, ada: Ada, **found: bytes | Exception) -> None:
        self.ada = ada
        self.found = found
        self.fetched: list[str] = []
        self.collector = Collector(
            database=ada.database,
            house=ada.house,
            fetch=self.fetch,
            now=lambda: ada.now,
            committed=lambda: None,
        )

    async def fetch(self, file_id: str) -> bytes:
        self.fetched.append(file_id)
        found = self.found[file_id]
        if isinstance(found, Exception):
            raise found
        return found

    def collect(self) -> list[str]:
        """Once, as the loop does; what then became of each file."""
        with capture_logs():
            asyncio.run(self.collector.collect())
        return [status for (status,) in self.ada.rows("select status from media order by id")]


@pytest.fixture
def ada_sent_two(ada: Ada) -> Ada:
    file = IncomingFile(kind=ReplyKind.PHOTO, file_id="f2", size=100)
    ada.does(Written(kind=ReplyKind.PHOTO, text="Here", message_key="7:2", files=(file,)))
    return ada


@pytest.mark.parametrize("content", [b"<svg onload=x>", HUGE, png((b"IHDR", b""))])
def test_something_that_is_no_picture_is_lost_never_kept_and_holds_up_no_other(
    ada_sent_two: Ada, content: bytes
) -> None:
    files = Files(ada_sent_two, f1=content, f2=picture())

    assert files.collect() == ["lost", "stored"]

    assert ada_sent_two.rows("select content from media where id = 1") == [(None,)]


def test_a_file_over_which_the_platforms_library_stumbles_is_tried_again_and_lost_at_last(
    ada_sent_two: Ada,
) -> None:
    files = Files(ada_sent_two, f1=RuntimeError("No `file_path` available"), f2=picture())

    assert files.collect() == ["wanted", "stored"]
    ada_sent_two.now += timedelta(hours=7)

    assert files.collect() == ["lost", "stored"]


def test_a_file_that_cannot_be_recorded_is_tried_again_later_and_holds_up_no_other(
    ada_sent_two: Ada,
) -> None:
    ada_sent_two.database.write(spoil_chat)
    files = Files(ada_sent_two, f1=b"<svg onload=x>", f2=picture())

    assert files.collect() == ["wanted", "stored"]
    assert files.collect() == ["wanted", "stored"]

    assert files.fetched == ["f1", "f2"]


def test_a_file_whose_name_cannot_be_unsealed_is_tried_again_later_and_holds_up_no_other(
    ada_sent_two: Ada,
) -> None:
    spoil = text("update media set file_id = :spoilt where id = 1")
    ada_sent_two.database.write(lambda s: s.execute(spoil, {"spoilt": b"no seal"}))
    files = Files(ada_sent_two, f2=picture())

    assert files.collect() == ["wanted", "stored"]

    assert wanted(ada_sent_two) == []

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pytest
from PIL import Image

from activities.test_conversing import Ada
from feedbackbot import fetching
from feedbackbot.conversing.incoming import IncomingFile, Written
from feedbackbot.engine.happenings import ReplyKind
from feedbackbot.fetching.cleaning import Refused, clean, kind_of
from feedbackbot.house import House
from feedbackbot.models.conversation import Media
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


@pytest.fixture
def ada(database: Database, house: House, now: datetime) -> Ada:
    ada = Ada(database, house, now)
    file = IncomingFile(kind=ReplyKind.PHOTO, file_id="f1", size=100)
    ada.does(Written(kind=ReplyKind.PHOTO, text="Look", message_key="7:1", files=(file,)))
    return ada


def wanted(ada: Ada) -> list[str]:
    return [w.file_id for w in ada.database.read(lambda s: fetching.wanted(s, now=ada.now))]


def test_a_photo_is_wanted_until_it_is_stored(ada: Ada) -> None:
    assert wanted(ada) == ["f1"]

    ada.database.write(lambda s: fetching.store(s, ada.house, 1, picture(), now=ada.now))

    assert wanted(ada) == []
    stored = ada.database.read(lambda s: s.get_one(Media, 1))
    assert (stored.status, stored.mime) == ("stored", "image/jpeg")
    assert stored.sha256


def test_a_file_that_is_not_handed_out_is_asked_for_again_later(ada: Ada) -> None:
    ada.database.write(lambda s: fetching.try_later(s, ada.house, 1, now=ada.now))

    assert wanted(ada) == []
    ada.now += timedelta(seconds=3)
    assert wanted(ada) == ["f1"]


def test_the_customer_is_told_once_that_a_file_is_lost(ada: Ada) -> None:
    for _ in range(2):
        ada.database.write(lambda s: fetching.lose(s, ada.house, 1, now=ada.now))

    told = [words for words in ada.said() if "did not hand me that file" in words]
    assert len(told) == 1


def test_something_that_is_no_picture_is_lost_and_never_kept(ada: Ada) -> None:
    ada.database.write(lambda s: fetching.store(s, ada.house, 1, b"<svg onload=x>", now=ada.now))

    assert ada.rows("select status, content from media") == [("lost", None)]

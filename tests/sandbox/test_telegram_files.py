"""Pictures, voices and documents in both directions, and links that end."""

from __future__ import annotations

import base64
import io
from datetime import timedelta

import pytest
from PIL import Image
from telegram import Bot, Message
from telegram.error import BadRequest, InvalidToken, NetworkError

from feedbackbot.sandbox import samples
from feedbackbot.sandbox.client import ControlError, SandboxClient


async def test_the_sample_photo_comes_in_sizes_with_a_place_in_its_exif(
    sandbox: SandboxClient, bot: Bot
) -> None:
    message = await _sent(sandbox, bot, photo="sample", caption="Dented, see")

    widths = [size.width for size in message.photo]
    data = await (await message.photo[-1].get_file()).download_as_bytearray()

    assert widths == sorted(widths)
    assert 3 <= len(widths) <= 4
    assert message.caption == "Dented, see"
    assert _place(bytes(data)) == samples.PHOTO_PLACE[0]


async def test_the_sample_voice_is_an_ogg_stream_of_opus(sandbox: SandboxClient, bot: Bot) -> None:
    message = await _sent(sandbox, bot, voice="sample", seconds=7)

    assert message.voice is not None
    data = bytes(await (await message.voice.get_file()).download_as_bytearray())

    assert message.voice.duration == timedelta(seconds=7)
    assert message.voice.mime_type == "audio/ogg"
    assert data.startswith(b"OggS")
    assert b"OpusHead" in data[:64]
    assert b"OpusTags" in data


async def test_a_document_keeps_its_name_and_bytes(sandbox: SandboxClient, bot: Bot) -> None:
    data = base64.b64encode(b"%PDF-1.7 receipt").decode()
    document = {"name": "receipt.pdf", "mime": "application/pdf", "data": data}

    message = await _sent(sandbox, bot, document=document)

    assert message.document is not None
    assert message.document.file_name == "receipt.pdf"
    got = await (await message.document.get_file()).download_as_bytearray()
    assert bytes(got) == b"%PDF-1.7 receipt"


@pytest.mark.parametrize("kind", ["video", "sticker", "contact", "poll", "location", "video_note"])
async def test_odd_kinds_arrive_as_what_they_are(
    sandbox: SandboxClient, bot: Bot, kind: str
) -> None:
    message = await _sent(sandbox, bot, **{kind: True})

    assert getattr(message, kind) is not None
    assert message.text is None


async def test_an_album_shares_one_group(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")
    for _ in range(2):
        sandbox.post("telegram/send", customer=ada, photo="sample", media_group_id="g1")

    messages = [update.message for update in (await bot.get_updates())[1:]]

    assert [one.media_group_id for one in messages if one] == ["g1", "g1"]


async def test_a_file_above_20_megabytes_cannot_be_fetched(
    sandbox: SandboxClient, bot: Bot
) -> None:
    message = await _sent(sandbox, bot, video=True, big=21 * 1024 * 1024)

    assert message.video is not None
    assert message.video.file_size == 21 * 1024 * 1024
    with pytest.raises(BadRequest, match="File is too big"):
        await message.video.get_file()


async def test_a_link_ends_after_an_hour(sandbox: SandboxClient, bot: Bot) -> None:
    message = await _sent(sandbox, bot, photo="sample")
    file = await message.photo[-1].get_file()

    sandbox.advance(3601)

    with pytest.raises(InvalidToken, match="Not Found"):
        await file.download_as_bytearray()


async def test_a_download_can_break_off_in_the_middle(sandbox: SandboxClient, bot: Bot) -> None:
    message = await _sent(sandbox, bot, photo="sample")
    file = await message.photo[-1].get_file()
    sandbox.post("faults", platform="telegram", method="file", drop="after")

    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert len(await file.download_as_bytearray()) == len(samples.photo())


async def test_the_bot_sends_files_by_upload_and_by_id(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")

    photo = await bot.send_photo(ada, samples.photo(), caption="Your card")
    again = await bot.send_photo(ada, photo.photo[-1].file_id)
    voice = await bot.send_voice(ada, samples.voice(), duration=3)
    video = await bot.send_video(ada, b"\0\0\0\x18ftypmp42")

    shown = sandbox.phone(ada)
    assert photo.photo[-1].width == 1024
    assert again.photo[-1].file_unique_id == photo.photo[-1].file_unique_id
    assert voice.voice is not None
    assert voice.voice.duration == timedelta(seconds=3)
    assert video.video is not None
    assert [name for one in shown for name in one if name.endswith("_url")] == [
        "photo_url",
        "photo_url",
        "voice_url",
        "video_url",
    ]


async def test_a_picture_of_impossible_shape_is_refused(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")
    out = io.BytesIO()
    Image.new("RGB", (2100, 100)).save(out, "PNG")

    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(ada, out.getvalue())


def test_bytes_that_are_no_picture_are_not_sent_as_one(sandbox: SandboxClient) -> None:
    ada = sandbox.customer("Ada")

    with pytest.raises(ControlError, match="no picture"):
        sandbox.post("telegram/send", customer=ada, photo=base64.b64encode(b"x").decode())


async def _sent(sandbox: SandboxClient, bot: Bot, **what: object) -> Message:
    ada = sandbox.customer("Ada")
    sandbox.post("telegram/send", customer=ada, **what)
    message = (await bot.get_updates())[-1].message
    assert message is not None
    return message


def _place(data: bytes) -> tuple[float, ...]:
    with Image.open(io.BytesIO(data)) as picture:
        north = picture.getexif().get_ifd(0x8825)[2]
    return tuple(float(part) for part in north)

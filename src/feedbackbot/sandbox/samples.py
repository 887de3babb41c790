"""A photo with a place in its EXIF data, and a silent voice message, both made here so that nothing is shipped."""

from __future__ import annotations

import functools
import io
import struct

#: Where the sample photo claims to have been taken: somewhere in Vienna.
PHOTO_PLACE = ((48.0, 12.0, 29.5), (16.0, 22.0, 21.0))


@functools.cache
def photo() -> bytes:
    """A small JPEG of a dented box, with camera and GPS coordinates in its EXIF data."""
    from PIL import ExifTags, Image, ImageDraw

    picture = Image.new("RGB", (1024, 768), "#d9c7a8")
    pen = ImageDraw.Draw(picture)
    pen.polygon([(180, 240), (520, 150), (860, 250), (840, 620), (500, 700), (190, 600)], "#a97c50")
    pen.line([(180, 240), (500, 330), (860, 250)], "#6e4f30", width=6)
    pen.line([(500, 330), (500, 700)], "#6e4f30", width=6)
    pen.polygon([(620, 420), (720, 470), (690, 560), (600, 520)], "#4f3720")
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Sandbox"
    exif[ExifTags.Base.Model] = "Phone 1"
    north, east = PHOTO_PLACE
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: north, 3: "E", 4: east})
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70, exif=exif)
    return out.getvalue()


@functools.cache
def voice(seconds: int = 3) -> bytes:
    """An Ogg stream of so many seconds of Opus silence."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48000, 0, 0)
    vendor = b"feedbackbot sandbox"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    pages = [_page([head], 0, flags=2), _page([tags], 1)]
    # One page a second: fifty packets of 20 ms, each of them coded silence.
    for second in range(max(1, seconds)):
        last = second == max(1, seconds) - 1
        pages.append(
            _page([b"\xf8\xff\xfe"] * 50, second + 2, granule=(second + 1) * 48000, flags=4 * last)
        )
    return b"".join(pages)


def _page(packets: list[bytes], number: int, *, granule: int = 0, flags: int = 0) -> bytes:
    lacing = bytes(len(packet) for packet in packets)
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, 0x5EED, number, 0)
    page = head + bytes([len(packets)]) + lacing + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(page: bytes) -> int:
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _TABLE[(value >> 24) ^ byte]
    return value


def _table() -> list[int]:
    table = []
    for index in range(256):
        value = index << 24
        for _ in range(8):
            value = ((value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        table.append(value)
    return table


_TABLE = _table()

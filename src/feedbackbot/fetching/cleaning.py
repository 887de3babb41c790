"""What customers send is let in by its first bytes, not by its name; pictures are drawn anew, so that nothing hides in them."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from feedbackbot.errors import FeedbackbotError

#: a picture of more is an attack, or no picture for a phone
MOST_PIXELS = 40_000_000
#: longer sides are scaled down
LONGEST_SIDE = 2560
_PICTURES = {"image/jpeg", "image/png", "image/webp"}


class Refused(FeedbackbotError):
    """A kind of file that is not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    content: bytes
    mime: str
    sha256: str


def clean(content: bytes, *, kind: str) -> Cleaned:
    """Raises Refused for what is none of ours: JPEG, PNG, WebP, Ogg, MP3, MP4, and PDF as a document."""
    mime = kind_of(content)
    if mime is None or (mime == "application/pdf" and kind != "document"):
        raise Refused
    if mime in _PICTURES:
        content, mime = _drawn_anew(content)
    return Cleaned(content=content, mime=mime, sha256=hashlib.sha256(content).hexdigest())


def kind_of(content: bytes) -> str | None:
    """By magic bytes."""
    head = content[:12]
    starts = {
        b"\xff\xd8\xff": "image/jpeg",
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"OggS": "audio/ogg",
        b"ID3": "audio/mpeg",
        b"\xff\xfb": "audio/mpeg",
        b"%PDF-": "application/pdf",
    }
    for start, mime in starts.items():
        if head.startswith(start):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "video/mp4" if head[4:8] == b"ftyp" else None


def _drawn_anew(content: bytes) -> tuple[bytes, str]:
    """No place, no camera, no hidden second file; upright, and small enough to show."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _saved(_upright(content))
    except Refused:
        raise
    except Exception as error:
        # there is no end to what decoders raise over a broken picture: struct.error, TypeError, DecompressionBombError …
        raise Refused("This picture can't be read.") from error


def _upright(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
    if picture.width * picture.height > MOST_PIXELS:
        raise Refused("This picture is too large.")
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return upright


def _saved(picture: Image.Image) -> tuple[bytes, str]:
    out = io.BytesIO()
    if picture.mode in {"RGBA", "LA", "P"}:
        picture.convert("RGBA").save(out, "PNG", optimize=False)
        return out.getvalue(), "image/png"
    picture.convert("RGB").save(out, "JPEG", quality=88)
    return out.getvalue(), "image/jpeg"

"""Telegram's file storage: ids that stay, download links that do not, and how photos are measured."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass, field

from feedbackbot.sandbox.clock import Clock
from feedbackbot.sandbox.wire import Json, Upload

LINK_SECONDS = 3600
LARGEST_DOWNLOAD = 20 * 1024 * 1024
_FOLDERS = {"photo": "photos", "voice": "voice", "video": "videos", "sticker": "stickers"}
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "audio/ogg": "oga",
    "video/mp4": "mp4",
    "application/pdf": "pdf",
}
_WIDTHS = (90, 320, 800, 1280)


class NotAPictureError(Exception):
    """These bytes are no picture that can be read."""


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """`size` may be larger than the data, where a test only pretends."""

    file_id: str
    unique_id: str
    kind: str
    name: str
    mime: str
    data: bytes
    size: int
    path: str
    #: What its kind adds: width, height, duration.
    facts: Json = field(default_factory=dict)
    link_until: float = 0.0

    def to_json(self) -> Json:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


class FileStore:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files: dict[str, StoredFile] = {}
        self._paths: dict[str, StoredFile] = {}
        self._numbers = itertools.count(1)

    def keep(
        self, upload: Upload, *, kind: str, size: int | None = None, facts: Json | None = None
    ) -> StoredFile:
        number = next(self._numbers)
        ending = _ENDINGS.get(upload.mime, upload.name.rpartition(".")[2] or "dat")
        stored = StoredFile(
            file_id=f"AgACAgIAAxk{kind[:2].upper()}{number:08d}sandbox",
            unique_id=f"AQAD{number:08d}",
            kind=kind,
            name=upload.name,
            mime=upload.mime,
            data=upload.data,
            size=len(upload.data) if size is None else size,
            path=f"{_FOLDERS.get(kind, 'documents')}/file_{number}.{ending}",
            facts=facts or {},
        )
        self._files[stored.file_id] = stored
        self._paths[stored.path] = stored
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def link(self, stored: StoredFile) -> Json:
        """What getFile answers; the link lives an hour."""
        stored.link_until = self._clock.now() + LINK_SECONDS
        return {**stored.to_json(), "file_path": stored.path}

    def find_by_link(self, path: str) -> StoredFile | None:
        stored = self._paths.get(path)
        return stored if stored and stored.link_until > self._clock.now() else None

    def keep_photo(self, upload: Upload, *, size: int | None = None) -> list[StoredFile]:
        """The photo in up to four sizes, smallest first; the largest is the file as it came."""
        width, height = measured(upload.data)
        kept = [
            self.keep(small, kind="photo", facts=facts)
            for small, facts in _smaller(upload, width, height)
        ]
        facts = {"width": width, "height": height}
        return [*kept, self.keep(upload, kind="photo", size=size, facts=facts)]


def photo_json(sizes: list[StoredFile]) -> list[Json]:
    return [{**stored.to_json(), **stored.facts} for stored in sizes]


def measured(data: bytes) -> tuple[int, int]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        raise NotAPictureError from None


def _smaller(upload: Upload, width: int, height: int) -> list[tuple[Upload, Json]]:
    from PIL import Image

    found = []
    for edge in _WIDTHS:
        if edge >= max(width, height):
            break
        with Image.open(io.BytesIO(upload.data)) as picture:
            small = picture.convert("RGB")
        small.thumbnail((edge, edge))
        out = io.BytesIO()
        small.save(out, "JPEG", quality=80)
        facts = {"width": small.width, "height": small.height}
        found.append((Upload(name=upload.name, mime="image/jpeg", data=out.getvalue()), facts))
    return found

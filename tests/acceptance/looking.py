"""What can be seen of customers: by themselves, by staff, by the public, by whoever has the disk with or without the key."""

from __future__ import annotations

import io
import json
from contextlib import closing

from PIL import Image
from sqlalchemy import select

from acceptance.people import Phone
from acceptance.platforms import MARKETING, OPENS_AT
from acceptance.stage import Stage
from feedbackbot.models.database import open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.tables import TABLES


def copy_of(stage: Stage, phone: Phone) -> str:
    """The file that /mydata brings."""
    phone.writes("/mydata")
    phone.reads("Here is everything we keep about this chat")
    sent = [message for message in phone.messages() if "document" in message]
    return stage.file(sent[-1]["document"]["url"]).decode()


def in_slack(stage: Stage) -> str:
    """Everything that can be read in Slack now."""
    messages = stage.look("state")["slack"]["messages"]
    return json.dumps([one for one in messages if not one.get("deleted")], ensure_ascii=False)


def open_cards(stage: Stage) -> str:
    """Cards in marketing's channel that can still be acted on."""
    cards = [json.dumps(post, ensure_ascii=False) for post in stage.posts(MARKETING)]
    return "".join(card for card in cards if "Approve" in card or "Take down" in card)


def public_pages(stage: Stage) -> str:
    pages = [stage.file("/api/testimonials"), stage.file("/wall")]
    export = stage.command("export", "testimonials").stdout
    return "".join(page.decode() for page in pages) + export


def unsealed(stage: Stage) -> str:
    """Everything in the database as whoever has the key can read it."""
    keys = KeyRing.parse((stage.folder / "keys" / "key").read_text(), place=None)
    url = f"sqlite:///{stage.database_file}"
    with closing(open_database(url, keys, now=OPENS_AT)) as database:
        return database.read(
            lambda session: "\n".join(
                str(row)
                for table in TABLES.values()
                for row in session.connection().execute(select(table))
            )
        )


def on_disk(stage: Stage) -> bytes:
    """The data folder as a thief would have it."""
    return b"".join(
        path.read_bytes() for path in sorted((stage.folder / "data").rglob("*")) if path.is_file()
    )


def has_place(picture: bytes) -> bool:
    return bool(Image.open(io.BytesIO(picture)).getexif().get_ifd(0x8825))

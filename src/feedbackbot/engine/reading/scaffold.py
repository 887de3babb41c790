"""`feedbackbot init`: a folder of one's own conversations and settings to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from feedbackbot.engine.describing.schemas import schema_files, with_modeline
from feedbackbot.engine.reading.loader import packaged_folder
from feedbackbot.errors import ConfigError

_IN_WHEEL: Final = "env.example"
_IN_CHECKOUT: Final = ".env.example"
#: in a folder with conversations of its own, these are the ones that count
_ON: Final = "\nFEEDBACKBOT_CONVERSATIONS=./conversations\n"
_OFF: Final = "\n#FEEDBACKBOT_CONVERSATIONS=./conversations\n"


def init(folder: Path, *, packaged: Path | None = None, example: Path | None = None) -> list[Path]:
    """Writes `conversations/` with its schemas, and `.env`; refuses, before writing, where one is there."""
    source = packaged or packaged_folder()
    copies = {folder / "conversations" / path.name: path for path in sorted(source.glob("*.yaml"))}
    copies[folder / ".env"] = example or packaged_example()
    schemas = schema_files(folder / "conversations")
    present = [str(target) for target in (*copies, *schemas) if target.exists()]
    if present:
        more = f" and {len(present) - 3} more" if len(present) > 3 else ""
        raise ConfigError(
            f"There is something already, and I don't overwrite: {', '.join(present[:3])}{more}"
        )
    for target, origin in copies.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        text = origin.read_text(encoding="utf-8").replace(_OFF, _ON)
        is_script = target.suffix == ".yaml"
        target.write_text(with_modeline(target.name, text) if is_script else text, encoding="utf-8")
    for target, text in schemas.items():
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    # the settings will hold tokens
    (folder / ".env").chmod(0o600)
    return [*copies, *schemas]


def packaged_example() -> Path:
    """The commented settings: in the wheel beside the code, or at the root of a checkout."""
    package = Path(__file__).resolve().parent.parent.parent
    inside = package / _IN_WHEEL
    return inside if inside.is_file() else package.parent.parent / _IN_CHECKOUT

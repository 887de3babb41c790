"""Reads settings from the environment and from `.env`, each also out of the file that `NAME_FILE` names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values


@dataclass(frozen=True, slots=True)
class Found:
    values: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_environment(names: Iterable[str], env_file: Path, environ: Mapping[str, str]) -> Found:
    """The environment wins over `.env`; an empty value is none."""
    found = Found()
    layers = [environ, _dotenv(env_file, found)]
    known = list(names)
    for name in known:
        for layer in layers:
            value = _find(name, layer, known, found)
            if value:
                found.values[name] = value
                break
    return found


def _dotenv(path: Path, found: Found) -> Mapping[str, str]:
    if not path.is_file():
        return {}
    try:
        # a $ in a secret is a $
        values = dotenv_values(path, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        found.problems.append(f"{path} can't be read ({error}).")
        return {}
    return {name: value for name, value in values.items() if value is not None}


def _find(name: str, layer: Mapping[str, str], known: list[str], found: Found) -> str | None:
    value = layer.get(name, "").strip()
    by_file = f"{name}_FILE"
    # FEEDBACKBOT_KEY_FILE is a setting of its own
    path = "" if by_file in known else layer.get(by_file, "").strip()
    if value and path:
        found.problems.append(f"{name} and {by_file} are both set: take one of them away.")
    return value or (_read(by_file, path, found) if path else None)


def _read(by_file: str, path: str, found: Found) -> str | None:
    try:
        value = Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        name = by_file.removesuffix("_FILE")
        found.problems.append(
            f"{by_file} names {path}, which can't be read ({reason}). Put the file there, or set {name}."
        )
        return None
    if not value:
        found.problems.append(f"{by_file} names {path}, which is empty.")
    return value or None

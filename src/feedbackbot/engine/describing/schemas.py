"""The schemas by kind of file, and the line by which an editor finds the right one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from feedbackbot.engine.describing.beside import common_schema, shop_schema
from feedbackbot.engine.describing.kinds import SchemaKind
from feedbackbot.engine.describing.rehearsals import test_schema
from feedbackbot.engine.describing.scripts import script_schema
from feedbackbot.engine.describing.values import Schema
from feedbackbot.engine.reading.loader import packaged_folder
from feedbackbot.engine.reading.tree import read_tree

#: the dialect that every editor understands
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
#: beside the scripts
FOLDER: Final = "schema"


def schema_of(kind: SchemaKind) -> Schema:
    return {"$schema": _DRAFT, **_body(kind)}


def schema_json(kind: SchemaKind) -> str:
    return json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"


def schema_files(folder: Path) -> dict[Path, str]:
    """Where the schemas of a folder of conversations lie -> what stands in them."""
    return {folder / FOLDER / f"{kind.value}.json": schema_json(kind) for kind in SchemaKind}


def kind_of(file: str) -> SchemaKind | None:
    """None for translations, which are made from the script that they translate."""
    stem = file.removesuffix(".yaml")
    if stem == "_shop":
        return SchemaKind.SHOP
    if stem == "_common":
        return SchemaKind.COMMON
    if stem.endswith(".test"):
        return SchemaKind.TEST
    return None if "." in stem or stem.startswith("_") else SchemaKind.SCRIPT


def with_modeline(file: str, text: str) -> str:
    """The text with a first line that tells editors which schema it follows."""
    kind = kind_of(file)
    if kind is None:
        return text
    return f"# yaml-language-server: $schema={FOLDER}/{kind.value}.json\n{text}"


def _body(kind: SchemaKind) -> Schema:
    match kind:
        case SchemaKind.SCRIPT:
            return script_schema()
        case SchemaKind.COMMON:
            path = packaged_folder() / "_common.yaml"
            tree, _ = read_tree(path.name, path.read_text(encoding="utf-8"))
            return common_schema(tree)
        case SchemaKind.SHOP:
            return shop_schema()
        case SchemaKind.TEST:
            return test_schema()

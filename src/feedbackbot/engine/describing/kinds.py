"""The kinds of file that lie in a folder of conversations."""

from __future__ import annotations

from enum import StrEnum


class SchemaKind(StrEnum):
    #: after_purchase.yaml and its like
    SCRIPT = "script"
    #: _common.yaml
    COMMON = "common"
    #: _shop.yaml
    SHOP = "shop"
    #: after_purchase.test.yaml and its like
    TEST = "test"

"""JSON as the standard library reads it, whichever way it was read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackbot.quick_json import from_json, to_json

#: halves of emoji included
TEXTS = st.text(st.characters(categories=("L", "N", "P", "Zs", "Cs", "So")))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(VALUES)
def test_whatever_is_written_is_read_again(value: object) -> None:
    assert from_json(to_json(value)) == value
    assert json.loads(to_json(value)) == value


@pytest.mark.parametrize("nonsense", [b"", b"{", b"\xff", b'{"a": 1} and more', "no"])
def test_what_is_no_json_is_refused_with_a_value_error(nonsense: bytes | str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(nonsense)

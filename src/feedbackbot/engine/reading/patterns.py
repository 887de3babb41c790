"""Which patterns of `validate` could take for ever on a text that is made for it."""

from __future__ import annotations

from typing import Final

_LONGEST: Final = 200
_REPEATS: Final = "*+{"


def is_costly(pattern: str) -> bool:
    """Something that varies, repeated; or so many repetitions that they can share a text in too many ways."""
    if len(pattern) > _LONGEST:
        return True
    bare = _without_classes(pattern)
    #: for each open bracket whether what stands in it can match in several ways
    varies = [False]
    repeats = 0
    for index, mark in enumerate(bare):
        after = bare[index + 1 : index + 2]
        if mark == "(":
            varies.append(False)
        elif mark == ")" and len(varies) > 1:
            inside = varies.pop()
            if inside and after and after in _REPEATS:
                return True
            varies[-1] = varies[-1] or inside
        elif mark in _REPEATS or mark == "|" or (mark == "?" and bare[index - 1] != "("):
            varies[-1] = True
            repeats += mark in _REPEATS
    return repeats > (3 if bare.startswith("^") else 2) or "\\" in bare


def _without_classes(pattern: str) -> str:
    """With a dot for each escaped character and each [class]; a backslash stays where it refers back."""
    found = []
    index = 0
    while index < len(pattern):
        mark = pattern[index]
        if mark == "\\":
            following = pattern[index + 1 : index + 2]
            found.append("\\" if following.isdigit() and following != "0" else ".")
            index += 2
        elif mark == "[":
            index = _end_of_class(pattern, index)
            found.append(".")
        else:
            found.append(mark)
            index += 1
    return "".join(found)


def _end_of_class(pattern: str, begin: int) -> int:
    index = begin + 1
    while pattern[index : index + 1] in ("^", "]"):
        index += 1
    while index < len(pattern) and pattern[index] != "]":
        index += 2 if pattern[index] == "\\" else 1
    return index + 1

"""How purchases come in: one shop system, or one kind of file, a module."""

from __future__ import annotations

"""What a promise of a script speaks of: kinds of steps, and names with what they may be."""

from __future__ import annotations

from typing import Final

from jinja2 import nodes

from feedbackbot.engine import wording
from feedbackbot.engine.examining.meaning import dotted_name, every_node
from feedbackbot.engine.script import Promise

#: what no longer happens when a conversation's time is over
SILENT: Final = frozenset(("say", "ask", "testimonial", "reward", "review_link"))


def names_of_promise(promise: Promise) -> frozenset[str]:
    return wording.names_in_condition(promise.condition) if promise.condition else frozenset()


def may_be_none(condition: str) -> frozenset[str]:
    """Names that a condition looks at for being none: these need not be set."""
    tree = wording.tree_of_condition(condition)
    looks = (nodes.Test, nodes.Filter)
    found = (node.node for node in every_node(tree) if isinstance(node, looks))
    return frozenset(name for node in found if node and (name := dotted_name(node)))

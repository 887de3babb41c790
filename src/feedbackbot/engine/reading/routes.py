"""Where a step leads: a name, or a list of conditions that ends in `else`."""

from __future__ import annotations

from feedbackbot.engine.reading.fields import Fields, items_of
from feedbackbot.engine.reading.phrases import inside
from feedbackbot.engine.reading.tree import Broken, Scalar, Tree
from feedbackbot.engine.script import Route


def routes_of(fields: Fields, key: str) -> tuple[Route, ...]:
    """`next` or `branch`; every target is noted with its place."""
    tree = fields.tree(key)
    if tree is None:
        fields.notes.complain(fields.place, "E402", f"{fields.what} does not say what comes next.")
        return ()
    if isinstance(tree, Broken):
        return ()
    if isinstance(tree, Scalar):
        goto = fields.need_word(key)
        fields.aim(key, goto)
        return (Route(condition=None, goto=goto, place=tree.place),)
    items = items_of(tree, fields.notes)
    routes = tuple(_route(item, fields) for item in items)
    if items:
        _check_else(routes, fields, key)
    return routes


def _route(tree: Tree, fields: Fields) -> Route:
    line = Fields(tree, fields.notes, what=f"This line of {inside(fields.what)}")
    is_else = "else" in line
    condition = None if is_else else line.condition("if")
    key = "else" if is_else else "goto"
    goto = line.need_word(key)
    if not is_else and condition is None and "if" not in line and line.keys():
        line.notes.complain(line.place, "E403", f"{line.what} needs “if” and “goto”, or “else”.")
    line.aim(key, goto)
    line.finish()
    return Route(condition=condition if is_else else condition or "", goto=goto, place=tree.place)


def _check_else(routes: tuple[Route, ...], fields: Fields, key: str) -> None:
    if routes[-1].condition is not None:
        hint = "Add a last line: - {else: …}"
        message = f"{fields.what}: this list must end in “else”, so that there is always a way."
        fields.notes.complain(routes[-1].place, "E404", message, hint)
    for route in routes[:-1]:
        if route.condition is None:
            message = f"What follows “else” in “{key}” is never reached."
            fields.notes.complain(route.place, "E405", message)

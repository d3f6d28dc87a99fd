"""What the keys do, read from the bindings themselves, so that it is never wrong."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen


class Key(NamedTuple):
    """Keys that do the same, in words."""

    keys: str
    does: str
    node: DOMNode
    action: str


def keys_of(screen: Screen[object]) -> list[tuple[str, list[Key]]]:
    """The keys that work now, under what they belong to: the focused widget, the screen, the app.

    A heading is the first sentence of the class's documentation.
    """
    sections: dict[DOMNode, dict[str, list[Binding]]] = {}
    for active in screen.active_bindings.values():
        if active.enabled and active.binding.description:
            known = sections.setdefault(active.node, {})
            known.setdefault(active.binding.action, []).append(active.binding)
    return [
        (heading(node), [key(screen, node, bindings) for bindings in actions.values()])
        for node, actions in sections.items()
        if not is_textuals(node)
    ]


def is_textuals(node: DOMNode) -> bool:
    """Whether a widget is one of Textual's own: a container, say, that one may scroll."""
    return type(node).__module__.startswith("textual.")


def heading(node: DOMNode) -> str:
    """What a widget is, in the words of its class."""
    return (type(node).__doc__ or type(node).__name__).strip().partition("\n")[0].rstrip(".")


def key(screen: Screen[object], node: DOMNode, bindings: list[Binding]) -> Key:
    """The keys of one action."""
    shown = dict.fromkeys(screen.app.get_key_display(binding) for binding in bindings)
    first = bindings[0]
    does = f"{first.description}: {first.tooltip}" if first.tooltip else first.description
    return Key(" ".join(shown), does, node, first.action)

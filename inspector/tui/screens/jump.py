"""Jump mode: letters on everything visible that one can go to; pressing them goes there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Static

from inspector.tui.panes.pane import Pane

if TYPE_CHECKING:
    from inspector.tui.screens.main import MainScreen

LETTERS = "asdfghjklqwertyuiopzxcvbnm"

Target = tuple[Offset, Callable[[], None]]


def labels(count: int) -> list[str]:
    """So many labels, of one letter if those are enough, else of two.

    >>> labels(3)
    ['a', 's', 'd']
    """
    if count <= len(LETTERS):
        return list(LETTERS[:count])
    return ["".join(pair) for pair in product(LETTERS, repeat=2)][:count]


def targets(main: MainScreen) -> Iterator[Target]:
    """The tabs, and what is to be seen in the panes: the rows of a listing, boxes."""
    panes = (node for node in main.walk_children() if isinstance(node, Pane))
    for pane in panes:
        if pane.is_on_screen and all(node.display for node in pane.ancestors_with_self):
            for offset, target in pane.targets():
                yield offset, partial(go, pane, target)


def go(pane: Pane, target: Any) -> None:
    """Go to what one of a pane's labels stands for, with the focus where it can be."""
    pane.focus()
    pane.visit(target)


class JumpScreen(ModalScreen[None]):
    """The labels, over the screen; any other key leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Cancel")]

    def __init__(self, main: MainScreen) -> None:
        super().__init__()
        found = list(targets(main))
        self.targets = dict(zip(labels(len(found)), found, strict=False))
        self.typed = ""

    def compose(self) -> ComposeResult:
        """A label at the place of each target."""
        for letters, (offset, _) in self.targets.items():
            label = Static(letters, classes="jump-label", markup=False)
            label.styles.offset = (offset.x, offset.y)
            yield label

    def on_key(self, event: events.Key) -> None:
        """Go to the target when its letters are typed; leave when there is none such."""
        if event.key == "escape":
            return
        event.stop()
        event.prevent_default()
        self.typed += event.character or ""
        if self.typed in self.targets:
            _, visit = self.targets[self.typed]
            self.dismiss()
            visit()
        elif not any(letters.startswith(self.typed) for letters in self.targets):
            self.dismiss()

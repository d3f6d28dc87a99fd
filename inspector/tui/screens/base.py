"""What the screens that fill the terminal share: the way to the application, keys, copying."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.screen import Screen

from inspector.tui.panes.pane import Pane

if TYPE_CHECKING:
    from inspector.tui.app import Browser

MOST_TOLD = 60
"""Characters of what was copied that the message shows."""


class BrowserScreen(Screen[None], inherit_bindings=False):
    """A screen of the browser."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Next pane", show=False),
        Binding("shift+tab", "app.focus_previous", "Pane before", show=False),
        Binding("y", "copy", "Copy what is under the cursor", show=False),
    ]

    @property
    def browser(self) -> Browser:
        """The application."""
        return cast("Browser", self.app)

    def action_copy(self) -> None:
        """Copy what is under the cursor, through the terminal."""
        text = self.focused.copied() if isinstance(self.focused, Pane) else ""
        if text:
            self.app.copy_to_clipboard(text)
            self.browser.tell(f"copied {text[:MOST_TOLD]}")
        else:
            self.browser.complain("there is nothing to copy here")

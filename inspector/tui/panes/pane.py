"""What every widget of the browser shares: the way to the application and to the session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from textual.geometry import Offset
from textual.widget import Widget

from inspector.tui.session import Session

if TYPE_CHECKING:
    from inspector.tui.app import Browser


class Pane(Widget):
    """A widget that shows something of the model.

    It watches what it depends on: `self.watch(self.browser, "place", ...)` for where the user is,
    `"surveys"` for when a subgraph has been read whole.
    """

    @property
    def browser(self) -> Browser:
        """The application."""
        return cast("Browser", self.app)

    @property
    def session(self) -> Session:
        """The model and what is known of it."""
        return self.browser.session

    def targets(self) -> Iterable[tuple[Offset, Any]]:
        """What the jump mode labels: where each begins on the screen, and what `visit` takes."""
        return ()

    def visit(self, target: Any) -> None:
        """Go to what one of the `targets` stands for."""

    def copied(self) -> str:
        """What `y` copies while the widget has the focus; empty for nothing."""
        return ""

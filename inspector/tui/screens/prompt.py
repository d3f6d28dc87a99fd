"""A question of one line."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class Prompt(ModalScreen[str | None]):
    """Asks for a text; None when the user would rather not."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, title: str, help_text: str, value: str = "") -> None:
        super().__init__()
        self.question, self.help_text, self.value = title, help_text, value

    def compose(self) -> ComposeResult:
        """The line, and under it what may be typed."""
        with Vertical(id="prompt") as box:
            box.border_title, box.border_subtitle = self.question, "Enter accepts, Escape cancels"
            yield Input(self.value, compact=True)
            yield Static(self.help_text, id="prompt-help", markup=False)

    def on_key(self, event: events.Key) -> None:
        """What is typed before the line has the focus belongs into it all the same."""
        line = self.query_one(Input)
        if self.focused is not line and event.is_printable and event.character:
            line.insert_text_at_cursor(event.character)
            event.stop()

    @on(Input.Submitted)
    def answered(self, event: Input.Submitted) -> None:
        """Give the text back."""
        self.dismiss(event.value.strip() or None)

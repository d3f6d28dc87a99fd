"""`?`: the keys of the pane that has the focus, and those that work everywhere."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from inspector.tui.help import Key, keys_of


class HelpScreen(ModalScreen[None]):
    """The keys, over the screen that they are of."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close"),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, of: Screen[object]) -> None:
        super().__init__()
        self.sections = keys_of(of)

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with VerticalScroll(id="help"):
            yield Static(help_text(self.sections), markup=False)

    def on_mount(self) -> None:
        """Say how to leave."""
        holder = self.query_one("#help")
        holder.border_title, holder.border_subtitle = "Keys", "Escape closes"

    def action_scroll(self, lines: int) -> None:
        """Scroll the text."""
        self.query_one("#help").scroll_relative(y=lines, animate=False)


def help_text(sections: list[tuple[str, list[Key]]]) -> Text:
    """The sections, keys at the left."""
    text = Text()
    width = max((len(key.keys) for _, keys in sections for key in keys), default=0)
    for number, (heading, keys) in enumerate(sections):
        text.append("\n" if number else "")
        text.append(f"{heading}\n", "bold underline")
        for key in keys:
            text.append(f"  {key.keys:<{width}}  ", "bold")
            text.append(f"{key.does}\n")
    text.rstrip()
    return text

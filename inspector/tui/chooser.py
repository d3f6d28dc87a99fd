"""Before the browser opens: which of the models in a container is to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from inspector.read.containers import Container, Member, container_of, only_model
from inspector.read.opening import is_model
from inspector.read.source import Source
from inspector.report.text import bytes_text, counted, printable
from inspector.tui.columns import Cell, Column, cell
from inspector.tui.panes.keyline import KeyLine
from inspector.tui.panes.listing import Listing
from inspector.tui.preferences import Preferences
from inspector.tui.themes import dress

OPENABLE = ("model", "zip", "litertlm")
"""The kinds of members that are models, or may hold some."""

COLUMNS = (
    Column("#", 5, "right"),
    Column("member", are_names=True),
    Column("kind", 9),
    Column("size", 10, "right"),
)

Choose = Callable[[Container, Sequence[Member]], Member | None]


def chosen_model(source: Source, choose: Choose) -> Source | None:
    """The model in some bytes; where a container holds several, the one that `choose` gives.

    None where it gives none. Raises `ModelError` where there is no model, or a damaged container.
    """
    while not is_model(source):
        container = container_of(source)
        members = openable(container) if container else []
        if container is None or not members or len(container.models()) == 1:
            return only_model(source)
        member = choose(container, members)
        if member is None:
            return None
        source = member.open()
    return source


def openable(container: Container) -> list[Member]:
    """The members that are models or containers, by their first bytes."""
    return [member for member in container.members if container.kind_of(member) in OPENABLE]


class MemberList(Listing):
    """What a container holds that can be opened."""

    columns = COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Open")]

    class Chosen(Message):
        """A member has been chosen."""

        def __init__(self, member: Member) -> None:
            super().__init__()
            self.member = member

    def __init__(self, container: Container, members: Sequence[Member]) -> None:
        super().__init__()
        self.container, self.members = container, members

    @property
    def row_count(self) -> int:
        """The members."""
        return len(self.members)

    def cells(self, index: int) -> Sequence[Cell]:
        """One member."""
        member = self.members[index]
        kind, size = self.container.kind_of(member), bytes_text(member.size)
        return [cell(str(member.index), "dim"), cell(member.name), cell(kind, "dim"), cell(size)]

    def chosen(self, index: int) -> None:
        """Give it to the application."""
        self.post_message(self.Chosen(self.members[index]))


class MemberChooser(App[Member]):
    """Lists the members of a container; run, it gives the one that was chosen, or None."""

    CSS_PATH = Path(__file__).with_name("style.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,ctrl+c", "quit", "Quit", key_display="q"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]

    def __init__(
        self, container: Container, members: Sequence[Member], preferences: Preferences
    ) -> None:
        super().__init__()
        self.container, self.members = container, members
        dress(self, preferences)

    def compose(self) -> ComposeResult:
        """What is asked, the members, the keys."""
        models = counted(len(self.container.models()), "model")
        name = printable(PurePath(self.container.source.name).name)
        yield Static(f"{name} holds {models}: which one?", id="question", markup=False)
        yield MemberList(self.container, self.members)
        yield KeyLine()

    def on_mount(self) -> None:
        """The members have the focus."""
        self.query_one(MemberList).focus()

    def on_member_list_chosen(self, event: MemberList.Chosen) -> None:
        """Leave with it."""
        self.exit(event.member)

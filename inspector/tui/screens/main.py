"""The main screen: a title, the row of tabs, the tab that is open, the search, the keys."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from inspector.errors import InspectorError
from inspector.tui.panes.keyline import KeyLine
from inspector.tui.panes.searchbar import SearchBar
from inspector.tui.panes.tabs import TabRow
from inspector.tui.panes.title import Title
from inspector.tui.places import Kind
from inspector.tui.registry import TABS, load
from inspector.tui.screens.base import BrowserScreen


class MainScreen(BrowserScreen):
    """Everywhere: tabs, search, and the ways from place to place.

    Each tab is made when it is first opened.
    """

    AUTO_FOCUS = ""  # the first tab takes the focus; until then, no hidden line may
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"open_tab('{tab.id}')", tab.title, show=False, tooltip=tab.help)
            for number, tab in enumerate(TABS, start=1)
        ),
        Binding("backspace,ctrl+o", "back", "Back", key_display="⌫", tooltip="where you came from"),
        Binding("B", "forward", "Forth again", show=False),
        Binding("slash", "search", "Search", key_display="/", tooltip="types, names, attributes"),
        Binding("n", "next_hit(1)", "Next hit", show=False),
        Binding("N", "next_hit(-1)", "Hit before", show=False),
        Binding("g", "go_to", "Go to", tooltip="an operator or tensor by its index"),
        Binding("p", "find", "Find", tooltip="a list of all operators and tensors"),
        Binding("f", "jump", "Jump", tooltip="letters on all that is in sight"),
        Binding("e", "act", "Actions", tooltip="export, rebuild, cut out, run, compare"),
        Binding("left_square_bracket", "subgraph(-1)", "Subgraph before", show=False),
        Binding("right_square_bracket", "subgraph(1)", "Next subgraph", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Everything but the tabs, which are made when they are opened."""
        yield Title()
        yield TabRow()
        yield Container(id="tabs")
        yield SearchBar()
        yield KeyLine()

    def on_mount(self) -> None:
        """Open the tab to begin with."""
        self.open_tab(self.browser.first_tab)

    @property
    def shown(self) -> Widget | None:
        """The tab that is open."""
        return next((tab for tab in self.query_one("#tabs").children if tab.display), None)

    def open_tab(self, tab: str) -> None:
        """Show a tab; it is made the first time."""
        holder, row = self.query_one("#tabs"), self.query_one(TabRow)
        known = {child.id: child for child in holder.children}
        if row.active == tab and f"tab-{tab}" in known:
            return
        row.active = tab
        for child in known.values():
            child.display = child.id == f"tab-{tab}"
        if f"tab-{tab}" in known:
            self.focus_in(known[f"tab-{tab}"])
            return
        (entry,) = (each for each in TABS if each.id == tab)
        made: Widget = load(entry.target)(id=f"tab-{tab}")
        holder.mount(made)
        self.call_after_refresh(self.focus_in, made)

    def focus_in(self, tab: Widget) -> None:
        """Give the focus to a tab that has just been opened, unless somebody searches already."""
        focus = getattr(tab, "on_show_tab", None)
        if focus is not None and not self.query_one(SearchBar).display:
            focus()

    def focus_shown(self) -> None:
        """Give the focus to the tab that is open."""
        if self.shown is not None:
            self.focus_in(self.shown)

    @property
    def kind_of_hits(self) -> Kind:
        """Which hits of a search somebody steps through."""
        return Kind.TENSOR if self.query_one(TabRow).active == "tensors" else Kind.OPERATOR

    def enter_details(self) -> None:
        """Focus the details of the first tab."""
        self.set_focus(self.query_one("#details"))

    def on_tab_row_picked(self, event: TabRow.Picked) -> None:
        """Open the tab that was clicked."""
        self.open_tab(event.tab)

    def action_open_tab(self, tab: str) -> None:
        """Show a tab."""
        self.open_tab(tab)

    def action_back(self) -> None:
        """Go where the user came from."""
        self.browser.back()

    def action_forward(self) -> None:
        """Go where the user came back from."""
        self.browser.forward()

    def action_subgraph(self, step: int) -> None:
        """Go to the next subgraph, or to the one before, around the end."""
        count = len(self.browser.session.model.subgraphs)
        if count > 1:
            self.browser.go_to_subgraph((self.browser.place.subgraph + step) % count)
        else:
            self.browser.complain("the model has one subgraph")

    def action_search(self) -> None:
        """Begin a search."""
        self.query_one(SearchBar).open()

    def action_next_hit(self, step: int) -> None:
        """Go to the next hit of the search, or to the one before."""
        self.query_one(SearchBar).step(step)

    def action_go_to(self) -> None:
        """Ask for an address and go there."""
        from inspector.tui.screens.prompt import Prompt

        help_text = "17 operator · t5 tensor · s1 subgraph · 1:17 in subgraph 1 · or a name"
        self.app.push_screen(Prompt("Go to", help_text), self.go_to)

    def go_to(self, text: str | None) -> None:
        """Go to an address, or to what has a name."""
        if not text:
            return
        try:
            place = self.browser.session.find(text, self.browser.place.subgraph)
        except InspectorError as error:
            self.browser.complain(str(error))
        else:
            self.browser.follow(place)

    def action_find(self) -> None:
        """Open the palette of all operators and tensors."""
        from inspector.tui.commands import open_places

        open_places(self.browser)

    def action_act(self) -> None:
        """List what can be done with the model: export, rebuild, cut out, run, compare."""
        from inspector.tui.commands import open_actions

        open_actions(self.browser)

    def action_jump(self) -> None:
        """Label what is on the screen with letters to press."""
        from inspector.tui.screens.jump import JumpScreen

        self.app.push_screen(JumpScreen(self))

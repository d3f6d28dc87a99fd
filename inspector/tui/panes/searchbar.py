"""The search: a line to type into, which shows how much is found, and the way from hit to hit."""

from __future__ import annotations

from itertools import chain
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from inspector.tui.panes.pane import Pane
from inspector.tui.places import Kind, Place
from inspector.tui.search import NOTHING, Hits, Index, next_hit


class SearchBar(Horizontal, Pane):
    """Hidden until `/`; Enter keeps what was found for `n` and `N`, Escape forgets it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", priority=True),
        Binding("down", "step(1)", "Next hit", priority=True),  # before the line's own
        Binding("up", "step(-1)", "Hit before", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.index: Index | None = None
        self.hits: Hits = NOTHING
        self.origin: Place | None = None

    def compose(self) -> ComposeResult:
        """A sign, the line, the counts."""
        yield Static("/", id="search-sign", markup=False)
        yield Input(placeholder="type, name, shape, attribute", id="search-line", compact=True)
        yield Static("", id="search-count", markup=False)

    def open(self) -> None:
        """Show the line and begin."""
        self.origin = self.browser.place
        self.display = True
        self.screen.set_focus(self.query_one(Input))  # now: `focus` would let the next key pass by
        if self.index is None:
            self.count("reading …")
            self.run_worker(self.make_index, thread=True, exclusive=True)

    def make_index(self) -> None:
        """Read everything that can be found, in a thread."""
        index = self.browser.search_index()
        self.app.call_from_thread(self.use_index, index)

    def use_index(self, index: Index) -> None:
        """The index is there; look for what has been typed meanwhile."""
        self.index = index
        self.look(self.query_one(Input).value)

    def count(self, text: str) -> None:
        """Show how much was found."""
        self.query_one("#search-count", Static).update(text)

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        """Search for what is typed so far."""
        event.stop()
        if self.index is not None:
            self.look(event.value)

    @on(Input.Submitted)
    def done(self, event: Input.Submitted) -> None:
        """Leave the line; what was found stays marked."""
        event.stop()
        if self.origin is not None and self.origin != self.browser.place:
            self.session.history.leave(self.origin)
        self.close()

    def look(self, query: str) -> None:
        """Search, and show the first hit from where the search began."""
        assert self.index is not None
        self.hits = self.index.find(query)
        self.browser.mark(frozenset(chain(self.hits.operators, self.hits.tensors)))
        self.count(str(self.hits) if query.strip() else "")
        own = self.hits.of(self.kind)
        if self.origin is not None and self.origin not in own:
            self.show(next_hit(own, self.origin, 1), own)

    @property
    def kind(self) -> Kind:
        """Which hits matter: tensors where those are listed."""
        return self.browser.main.kind_of_hits

    def step(self, step: int) -> None:
        """Go to the next hit, or to the one before."""
        own = self.hits.of(self.kind)
        if not own:
            typed = self.query_one(Input).value.strip()
            nothing = f"nothing has {typed!r} in it" if typed else "nothing was searched"
            self.browser.complain(f"{nothing}; / searches")
            return
        place = self.browser.place
        self.show(next_hit(own, place, step), own)

    def show(self, index: int | None, hits: tuple[Place, ...]) -> None:
        """Look at a hit, and say which one of how many it is."""
        if index is not None:
            self.browser.look(hits[index])
            self.count(f"{index + 1:,} of {self.hits}")

    def close(self) -> None:
        """Hide the line and give the focus back."""
        self.display = False
        self.browser.main.focus_shown()

    def action_cancel(self) -> None:
        """Forget the search and go back to where it began."""
        self.hits = NOTHING
        self.browser.mark(frozenset())
        self.query_one(Input).value = ""
        if self.origin is not None:
            self.browser.look(self.origin)
        self.close()

    def action_step(self, step: int) -> None:
        """Go to another hit while the line is open."""
        if self.hits.of(self.kind):
            self.step(step)

"""The application: one model, where in it the user is, and the way from place to place.

What every screen and pane may ask of it: `session` (the model), `place` (where the user is; watch
it), `surveys` (a number that grows when a subgraph has been read whole; watch it), `found` (what
the search has found), and the verbs `look`, `follow`, `back`, `forward`, `open_tab`, `complain`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.widgets import Input

from inspector.errors import InputError, InspectorError
from inspector.report.text import printable
from inspector.tui.commands import Commands
from inspector.tui.jobs import GROUP, Jobs
from inspector.tui.places import Kind, Place, operator_at
from inspector.tui.preferences import Preferences
from inspector.tui.registry import TABS
from inspector.tui.screens.main import MainScreen
from inspector.tui.search import Index
from inspector.tui.session import Session
from inspector.tui.themes import PREFERENCE, dress

if TYPE_CHECKING:
    from textual.worker import Worker

    from inspector.tui.captured import Captured
    from inspector.tui.comparing import Question

SWITCH = 0.001
"""Seconds after which a survey lets the screen have its turn; Python's own 5 ms are felt."""

BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
"""The classes that screens get from so many columns on."""


class Browser(App[None]):
    """The terminal browser of one model."""

    TITLE = "tfli"
    COMMANDS: ClassVar[set[Any]] = {Commands}
    CSS_PATH = Path(__file__).with_name("style.tcss")
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "quit", "Quit"),
        Binding("ctrl+c", "quit", "Quit", show=False),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]

    place: reactive[Place] = reactive(operator_at(0, 0))
    surveys: reactive[int] = reactive(0)
    found: reactive[frozenset[Place]] = reactive(frozenset[Place]())
    job: reactive[str] = reactive("")
    captured: reactive[Captured | None] = reactive(None)

    def __init__(
        self,
        session: Session,
        preferences: Preferences | None = None,
        *,
        place: Place | None = None,
        tab: str = TABS[0].id,
        question: Question | None = None,
    ) -> None:
        super().__init__()
        self.question, self.outcome = question, ""
        self.session = session
        self.first_tab = tab
        self.preferences = preferences or Preferences()
        self.jobs = Jobs(self)
        self._surveying: set[int] = set()
        self._index: Index | None = None
        dress(self, self.preferences)
        self.set_reactive(Browser.place, place or session.start())

    def use_theme(self, name: str) -> None:
        """Take a theme. Raises `InputError` when there is none of that name."""
        if name not in self.available_themes:
            known = ", ".join(sorted(self.available_themes))
            raise InputError(f"there is no theme {name!r}; there are {known}")
        self.theme = name

    def get_default_screen(self) -> MainScreen:
        """The screen with the tabs."""
        return MainScreen()

    @property
    def main(self) -> MainScreen:
        """The screen with the tabs, whatever lies over it."""
        found = self.screen_stack[0]
        assert isinstance(found, MainScreen)
        return found

    def on_key(self, event: events.Key) -> None:
        """Put keys into a line that had not opened yet when they were typed.

        They were sent to the pane that had the focus then, and have come up from it.
        """
        line = self.focused
        if isinstance(line, Input) and event.is_printable and event.character:
            line.insert_text_at_cursor(event.character)
            event.prevent_default()

    def on_mount(self) -> None:
        """Read the subgraph that the user begins with; compare, where that is asked for."""
        self.watch_place(self.place)
        if self.question is not None:
            self.compare(self.question)

    def compare(self, question: Question) -> None:
        """Open the screen of a comparison, which begins at once."""
        from inspector.tui.screens.comparing import CompareScreen

        self.push_screen(CompareScreen(question))

    def watch_theme(self, theme: str) -> None:
        """Remember the theme."""
        self.preferences.put(PREFERENCE, theme)

    def watch_place(self, place: Place) -> None:
        """Read the subgraph that the user looks at, in the background if it is large."""
        index = place.subgraph
        if self.session.surveyed(index) is None and index not in self._surveying:
            self._surveying.add(index)
            self.call_after_refresh(self._begin_survey, index)

    def _begin_survey(self, index: int) -> None:
        sys.setswitchinterval(SWITCH)
        self.run_worker(lambda: self._survey(index), thread=True, name=f"survey {index}")

    def _survey(self, index: int) -> None:
        self.session.survey(index)
        self.session.outline(index)
        self.call_from_thread(self._surveyed)

    def _surveyed(self) -> None:
        self.surveys += 1

    def look(self, place: Place) -> None:
        """Show a place that the cursor has come to, without a step in the history."""
        self.place = place

    def follow(self, place: Place) -> None:
        """Go to a place; `back` leads here again. One that the model lacks is a message."""
        try:
            self.session.checked(place)
        except InspectorError as error:
            self.complain(str(error))
            return
        if place != self.place:
            self.session.history.leave(self.place)
            self.place = place
        self.open_tab("graph")

    def back(self) -> None:
        """Go where the user came from."""
        self._go(self.session.history.back(self.place), "this is where you began")

    def forward(self) -> None:
        """Go where the user came back from."""
        self._go(self.session.history.forward(self.place), "there is nothing further on")

    def _go(self, place: Place | None, otherwise: str) -> None:
        if place is None:
            self.complain(otherwise)
        else:
            self.place = place

    def go_to_subgraph(self, index: int) -> None:
        """Go to the first operator of a subgraph, or to the subgraph if it has none."""
        place = operator_at(index, 0)
        if not self.session.count(index, Kind.OPERATOR):
            place = Place(index, Kind.SUBGRAPH, index)
        self.follow(place)

    def search_index(self) -> Index:
        """Everything that can be found; reading it takes long on a large model: ask in a thread."""
        if self._index is None:
            self._index = Index(self.session)
        return self._index

    def mark(self, places: frozenset[Place]) -> None:
        """Note what the search has found."""
        self.found = places

    def open_tab(self, tab: str) -> None:
        """Show a tab."""
        self.main.open_tab(tab)

    def enter_details(self) -> None:
        """Put the cursor into the details of where the user is."""
        self.main.enter_details()

    def complain(self, message: str) -> None:
        """A message that something could not be done; it is text, and never markup."""
        self.clear_notifications()  # what is said last is what was asked last
        text = printable(self.about_model(message))
        self.notify(text, severity="warning", markup=False)

    def about_model(self, message: str) -> str:
        """A message without the path of the model, which everybody knows who looks at it."""
        return message.removeprefix(f"{self.session.model.path}: ")

    def tell(self, message: str) -> None:
        """A message that something was done."""
        self.clear_notifications()
        self.notify(printable(message), markup=False)

    def keep_captured(self, captured: Captured) -> None:
        """Show the values of a run, in place of those of the one before."""
        before, self.captured = self.captured, captured
        if before is not None:
            before.close()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say what went wrong in a job in a way that nobody had thought of."""
        if event.worker.group == GROUP and event.worker.error is not None:
            self.complain(f"this should not have happened: {event.worker.error!r}")

    def on_unmount(self) -> None:
        """End what is under way, and delete what was captured."""
        self.jobs.close()
        if self.captured is not None:
            self.captured.close()

    def action_help(self) -> None:
        """Explain the keys that work here."""
        from inspector.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.screen))

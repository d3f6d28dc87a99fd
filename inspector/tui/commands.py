"""The palettes: one holds everything that can be done, one every operator and tensor."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from inspector.tui.details import label
from inspector.tui.help import keys_of
from inspector.tui.registry import COMMANDS, Command, load
from inspector.tui.search import Index

if TYPE_CHECKING:
    from inspector.tui.app import Browser

FRAME = 6
"""Columns beside the texts of a palette."""
MOST = 60
"""Operators and tensors that a palette lists; typing on finds the others."""


class Known(NamedTuple):
    """Something that can be done."""

    title: str
    help: str
    run: Callable[[], Any]


class Commands(Provider):
    """Everything that has a key where the user is, the commands of the registry, the themes."""

    @property
    def browser(self) -> Browser:
        """The application."""
        return cast("Browser", self.app)

    def known(self) -> Iterator[Known]:
        """What can be done: with the model, everywhere, in the focused pane, with colours."""
        yield from self.registered(COMMANDS)
        for _, keys in reversed(keys_of(self.screen)):
            for key in keys:
                run = partial(self.app.run_action, key.action, key.node)
                yield Known(key.does, key.keys, run)
        for theme in sorted(self.app.available_themes):
            paint = partial(self.browser.use_theme, theme)
            yield Known(f"Theme {theme}", "colours, remembered", paint)

    def registered(self, commands: Iterable[Command]) -> Iterator[Known]:
        """Commands of the registry."""
        for title, help_text, target in commands:
            yield Known(title, help_text, partial(run_command, self.browser, target))

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for title, help_text, run in self.known():
            yield DiscoveryHit(Content(title), run, text=title, help=help_text)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for title, help_text, run in self.known():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, matcher.highlight(title), run, text=title, help=help_text)


class Actions(Commands):
    """What can be done with the model."""

    def known(self) -> Iterator[Known]:
        """The commands of the registry."""
        yield from self.registered(COMMANDS)


def run_command(browser: Browser, target: str) -> None:
    """Load a command of the registry and run it."""
    load(target)(browser)


class Places(Provider):
    """Operators and tensors, by the words of their names, types, shapes and attributes."""

    index: Index | None = None

    @property
    def browser(self) -> Browser:
        """The application."""
        return cast("Browser", self.app)

    async def startup(self) -> None:
        """Read everything that can be found, beside the loop."""
        self.index = await to_thread(self.browser.search_index)

    async def search(self, query: str) -> Hits:
        """The first of those that have every word."""
        if self.index is None:
            return
        width = self.browser.size.width - FRAME
        for number, place in enumerate(self.index.best(query, MOST)):
            text = label(self.browser.session, place, width)
            run = partial(self.browser.follow, place)
            yield Hit(1 - number / (MOST + 1), Content(text), run, text=text)


def open_places(browser: Browser) -> None:
    """Open the palette of operators and tensors."""
    palette = CommandPalette([Places], placeholder="Go to an operator or tensor …")
    browser.push_screen(palette)


def open_actions(browser: Browser) -> None:
    """Open the palette of what can be done with the model."""
    browser.push_screen(CommandPalette([Actions], placeholder="Do something with the model …"))

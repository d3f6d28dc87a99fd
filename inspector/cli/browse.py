"""`tfli MODEL` on a terminal: look around in the model; or a picture of what one would see."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.cli.common import Force, ModelPath, open_model, told
from inspector.cli.screen import has_colours, has_screen, tell_textual
from inspector.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.read.containers import Container, Member
    from inspector.read.model import Model
    from inspector.tui.preferences import Preferences

At = Annotated[
    str | None,
    typer.Option("--at", metavar="PLACE", help="Begin at an operator, t5 (a tensor), or a name."),
]
TabName = Annotated[str, typer.Option("--tab", help="Begin with this tab.")]
Theme = Annotated[str | None, typer.Option("--theme", metavar="NAME", help="The colours.")]
Screenshot = Annotated[
    Path | None,
    typer.Option("--screenshot", metavar="X.svg", help="Write a picture; no terminal is needed."),
]
Size = Annotated[
    str, typer.Option("--size", metavar="120x40", help="Columns and lines of the picture.")
]


def command(
    model: ModelPath,
    at: At = None,
    tab: TabName = "graph",
    theme: Theme = None,
    screenshot: Screenshot = None,
    size: Size = "120x40",
    force: Force = False,
) -> None:
    """Look around in a model: its graph, tensors, constants, sizes. `?` explains the keys.

    `tfli MODEL` is the same on a terminal. --at is an operator's index, t5 for tensor 5, 1:17 for
    operator 17 of subgraph 1, or the name of a layer or tensor. Of a container (.task, .litertlm, a
    zip) that holds several models it asks for one; CONTAINER::MEMBER names it.

    Examples:

        tfli browse mobilenet.tflite
        tfli browse mobilenet.tflite --at 17
        tfli browse mobilenet.tflite --at 17 --screenshot conv.svg --size 100x30
    """
    from inspector.tui.app import Browser
    from inspector.tui.preferences import Preferences, preferences_path
    from inspector.tui.session import Session

    columns = size_of(size)
    if screenshot is None and not has_screen():
        raise InputError("the browser needs a terminal; --screenshot X.svg makes a picture without")
    preferences = Preferences(None if screenshot else preferences_path())
    check_tab(tab)
    colours = screenshot is not None or has_colours()
    opened = open_model(model) if screenshot else picked_model(model, preferences, colours)
    if opened is None:
        return
    with opened:
        session = Session(opened)
        place = session.find(at) if at else session.start()
        tell_textual(colours=colours)
        browser = Browser(session, preferences, place=place, tab=tab)
        if theme is not None:
            browser.use_theme(theme)
        if screenshot is None:
            browser.run()
        else:
            from inspector.tui.screenshot import write_screenshot

            write_screenshot(browser, columns, screenshot, force=force)


def picked_model(path: str, preferences: Preferences, colours: bool) -> Model | None:
    """The model of that path, of a container with several the one that the user picks, if any."""
    from inspector.read.model import Model
    from inspector.read.opening import open_source
    from inspector.tui.chooser import MemberChooser, chosen_model

    def choose(container: Container, members: Sequence[Member]) -> Member | None:
        tell_textual(colours=colours)
        return MemberChooser(container, members, preferences).run()

    source = chosen_model(open_source(path), choose)
    return None if source is None else told(Model(source), path)


def check_tab(name: str) -> None:
    """Raise `InputError` where there is no tab of that name."""
    from inspector.tui.registry import TABS

    known = [tab.id for tab in TABS]
    if name not in known:
        raise InputError(f"there is no tab {name!r}; there are {', '.join(known)}")


def size_of(text: str) -> tuple[int, int]:
    """Columns and lines of `120x40`. Raises `InputError`."""
    width, _, height = text.lower().partition("x")
    if width.isdecimal() and height.isdecimal():
        found = int(width), int(height)
        if 20 <= found[0] <= 1000 and 5 <= found[1] <= 1000:
            return found
    raise InputError(f"--size {text}: write columns and lines as 120x40, from 20x5 to 1000x1000")

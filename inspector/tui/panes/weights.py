"""Constants, number by number: of the tensor or the operator that the user looks at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from textual.binding import Binding, BindingType

from inspector.report.text import printable
from inspector.report.words import shape_text
from inspector.tui.arrays import Source
from inspector.tui.columns import Span
from inspector.tui.constants import Constant, constants_at
from inspector.tui.exporting import KINDS, suggested, write_array
from inspector.tui.numerals import value_text
from inspector.tui.panes.array import ArrayPane
from inspector.tui.places import Place, tensor_at
from inspector.tui.screens.files import ask_for_file
from inspector.tui.slice_pictures import Piece


class WeightsTab(ArrayPane):
    """The values of a constant: real numbers, or the integers that are stored."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "constant(1)", "Constant", tooltip="the next one of the operator"),
        Binding("C", "constant(-1)", "Constant before", show=False),
        Binding(
            "r", "raw", "Raw", tooltip="stored integers, or the real numbers that they stand for"
        ),
        Binding("w", "export_slice", "Write", tooltip="the slice that is shown, as a file"),
        Binding("W", "export_all", "Write the whole tensor", show=False),
        Binding("enter", "choose", "Details"),
    ]

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.constants: list[Constant] = []
        self.number = 0
        self.real = True
        self._at: Place | None = None
        self._other: Source | None = None

    def on_mount(self) -> None:
        """Follow the user, and the survey of what they look at."""
        self.watch(self.browser, "place", self.go_to)
        self.watch(self.browser, "surveys", self.go_on, init=False)

    def on_show_tab(self) -> None:
        """The numbers have the focus."""
        self.focus()
        self.go_to(self.browser.place)

    def go_on(self) -> None:
        """Show what has been read meanwhile."""
        if not self.constants:
            self._at = None
            self.go_to(self.browser.place)

    def go_to(self, place: Place) -> None:
        """Show the first constant of a place, once somebody looks."""
        if not self.display or place == self._at:
            return
        self._at, self.number = place, 0
        self.constants = constants_at(self.session, place)
        self.show_constant()

    def show_constant(self) -> None:
        """Show the constant that has been chosen."""
        if not self.constants:
            known = self.session.surveyed(self.browser.place.subgraph)
            why = "there are no constants here; go to an operator that has weights"
            self.show_nothing(why if known else "the subgraph is being read …")
            return
        constant = self.constants[self.number]
        self._other = None
        if constant.tensor.is_quantized:
            self._other = constant.source(self.session, real=not self.real)
        source = constant.source(self.session, real=self.real)
        self.show_array(constant.caption, source, constant.axes)

    def more(self, place: tuple[int, ...]) -> str:
        """The integer that stands for a real number, or the other way round."""
        if self._other is None:
            return ""
        value = value_text(self._other.part(place))
        return f"   stored as {value}" if self.real else f"   stands for {value}"

    @property
    def shown(self) -> Constant | None:
        """The constant on the screen."""
        return self.constants[self.number] if self.constants else None

    def title_line(self) -> list[Piece]:
        """Which constant of how many, how its values are shown, and its name."""
        if self.shown is None:
            return []
        form = "real numbers" if self.real else "as stored"
        words = f"   {form}" if self.shown.tensor.is_quantized else ""
        if len(self.constants) > 1:
            words += f"   {self.number + 1} of {len(self.constants)}"
        name = printable(self.shown.tensor.name[: self.size.width])
        return [*super().title_line(), Span(words, "dim"), Span(f"   {name}")]

    def action_constant(self, step: int) -> None:
        """Show the next constant of the operator, or the one before."""
        if len(self.constants) < 2:
            self.browser.complain("there is no other constant here")
            return
        self.number = (self.number + step) % len(self.constants)
        self.show_constant()

    def action_raw(self) -> None:
        """Show stored integers instead of real numbers, or those again."""
        if self.shown is None:
            return
        if not self.shown.tensor.is_quantized:
            self.browser.complain("its values are stored as they are: nothing is quantised")
            return
        self.real = not self.real
        self.show_constant()

    def action_choose(self) -> None:
        """Go to the details of the tensor."""
        if self.shown is not None:
            self.browser.follow(tensor_at(self.shown.tensor.subgraph, self.shown.tensor.index))

    def action_export_slice(self) -> None:
        """Ask for a file and write the slice that is shown into it."""
        if self.look is not None:
            self.export("Write what is shown", self.look.snapshot().whole, "-slice")

    def action_export_all(self) -> None:
        """Ask for a file and write the whole tensor into it."""
        if self.look is not None:
            source = self.look.sheet.source
            everything = (slice(None),) * len(source.shape)
            self.export("Write the whole tensor", partial(source.part, everything))

    def export(self, title: str, values: Callable[[], np.ndarray], suffix: str = "") -> None:
        """Ask for a file, and write in a worker what `values` gives."""
        if self.shown is None:
            return
        name = self.shown.tensor.name or f"tensor_{self.shown.tensor.index}"

        def write(path: Path, force: bool) -> str:
            found = values()
            write_array(found, name, path, force=force)
            return f"{path}: {shape_text(found.shape)} {found.dtype}"

        help_text = f"a file that ends in {', '.join(KINDS)}"
        ask_for_file(self.browser, title, help_text, suggested(name, suffix), write)

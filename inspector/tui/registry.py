"""What the browser consists of, named as strings so that nothing is imported before it is opened.

**A tab** is a widget that is made without arguments when somebody first opens it; it fills the
screen between the row of tabs and the footer, and should focus something of its own in
`on_show_tab`, if it has that method. **A command** of the palette is a function that takes the
`Browser`; whatever has a key is in the palette already. To add one, write its module and a line
here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple


class Tab(NamedTuple):
    """A tab: `target` is `module:Class`; `short` is its title where there is little room."""

    id: str
    title: str
    target: str
    help: str
    short: str = ""


class Command(NamedTuple):
    """A command of the palette without a key: `target` is `module:function`."""

    title: str
    help: str
    target: str


TABS = (
    Tab("graph", "Graph", "inspector.tui.panes.graph:GraphTab", "operators and their details"),
    Tab("tensors", "Tensors", "inspector.tui.panes.tensors:TensorsTab", "every tensor"),
    Tab("model", "Model", "inspector.tui.panes.model:ModelTab", "interface, metadata, files"),
    Tab(
        "statistics",
        "Statistics",
        "inspector.tui.panes.statistics:StatisticsTab",
        "sizes, cost",
        "Stats",
    ),
    Tab("subgraphs", "Subgraphs", "inspector.tui.panes.subgraphs:SubgraphsTab", "all subgraphs"),
    Tab(
        "drawing",
        "Drawing",
        "inspector.tui.panes.drawing:DrawingTab",
        "what is joined with what",
        "Draw",
    ),
    Tab("weights", "Weights", "inspector.tui.panes.weights:WeightsTab", "constants, as numbers"),
    Tab("health", "Health", "inspector.tui.panes.health:HealthTab", "every weight, measured"),
    Tab("run", "Run", "inspector.tui.panes.values:RunTab", "what each operator gives"),
)

ACTIONS = (
    Command(
        "Export weights",
        "all, in the layout of a framework",
        "inspector.tui.actions:export_weights",
    ),
    Command(
        "Export these weights",
        "of the operator or group under the cursor",
        "inspector.tui.actions:export_selected",
    ),
    Command("Rebuild as Keras source", "and prove it equal", "inspector.tui.actions:rebuild"),
    Command(
        "Show rebuilt source", "the lines of this operator", "inspector.tui.actions:show_source"
    ),
    Command(
        "Cut out a part", "as a model of its own, from here on", "inspector.tui.actions:cut_out"
    ),
    Command("Write what the model is", "as text or JSON", "inspector.tui.actions:report"),
)
"""What makes files of the model."""

RUNS = (
    Command("Run the model", "and see every value", "inspector.tui.watching:run_model"),
    Command(
        "Compare with …",
        "another model, a rebuilt folder, a capture, other kernels",
        "inspector.tui.watching:compare_with",
    ),
)
"""What runs the model."""

COMMANDS: tuple[Command, ...] = (*ACTIONS, *RUNS)
"""What can be done with the model; `e` lists these alone."""


def load(target: str) -> Any:
    """The class or function that `module:name` names."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)

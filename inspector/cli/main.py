"""`tfli`: imports the one command that is called, turns a failure into a line and an exit code.

A command is a module with a function `command(...)`, named here as a string so that listing the
commands imports none. It returns its exit code, or None for 0, and raises `InspectorError` for what
it could not do.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

import inspector
from inspector.cli.light import LightCommand, LightGroup
from inspector.cli.screen import has_screen
from inspector.errors import InspectorError
from inspector.report.text import help_text, say

DONE, MISMATCH, COULD_NOT, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141
BROWSING = {"--at", "--tab", "--theme", "--screenshot", "--size"}
"""Options that only the browser has."""

UsageError: type[typer.BadParameter] = typer.BadParameter.__mro__[1]  # of click, or typer's own


class Entry(NamedTuple):
    """A command: `module:function`, and the line that `tfli --help` shows."""

    target: str
    summary: str


COMMANDS = {
    "browse": Entry("inspector.cli.browse:command", "Look around in a model, on a terminal."),
    "info": Entry("inspector.cli.info:command", "What a model is: inputs, outputs, sizes, cost."),
    "tensors": Entry("inspector.cli.tensors:command", "List the tensors."),
    "ops": Entry("inspector.cli.ops:command", "List the operators."),
    "weights": Entry("inspector.cli.weights:command", "Write the weights, in your axis order."),
    "capture": Entry("inspector.cli.capture:command", "Run once and write every tensor."),
    "slice": Entry("inspector.cli.slice:command", "Cut out a part, as a model of its own."),
    "rebuild": Entry("rebuild.cli.rebuild:command", "Write Keras source that computes the same."),
    "coreml": Entry("rebuild.cli.coreml:command", "Write a Core ML model, checked without a Mac."),
    "compare": Entry("inspector.cli.compare:command", "Name the operators that differ."),
}


def main() -> None:
    """The entry point of `tfli`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal or pipe that cannot show a character
            stream.reconfigure(errors="backslashreplace")
    gc.set_threshold(100_000, 50, 100)  # a listing makes many records, and no garbage in cycles
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; what went wrong is told on stderr."""
    try:
        code = invoke(with_command(list(arguments)))
        sys.stdout.flush()
    except UsageError as error:
        say(error.format_message())
        where = error.ctx.command_path if error.ctx else "tfli"
        say(f"try '{where} --help'")
        return COULD_NOT
    except InspectorError as error:
        say(str(error))
        return COULD_NOT
    except BrokenPipeError:  # the reader of the pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        say(f"{error.filename or 'the output'}: {(error.strerror or str(error)).lower()}")
        return COULD_NOT
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def with_command(arguments: list[str]) -> list[str]:
    """`MODEL ...` becomes `browse MODEL ...` or `info MODEL ...`, and nothing a request for help.

    Options of one of them tell which is meant; without any, a terminal gets the browser.
    """
    if not arguments:
        return ["--help"]
    first = arguments[0]
    if first.startswith("-") or first in COMMANDS:
        return arguments
    is_path = "/" in first or os.sep in first or Path(first).suffix or Path(first).exists()
    return [bare_command(arguments[1:]), *arguments] if is_path else arguments


def bare_command(arguments: list[str]) -> str:
    """The command that is meant by `tfli MODEL` and these arguments behind it."""
    options = {argument.partition("=")[0] for argument in arguments if argument.startswith("-")}
    if options & BROWSING:
        return "browse"
    return "info" if arguments or not has_screen() else "browse"


def invoke(arguments: list[str]) -> int:
    """Parse and run `arguments`, whose first is a command or an option of `tfli` itself."""
    program = typer.main.get_command(application(arguments[0]))
    try:
        with program.make_context("tfli", arguments) as context:
            return program.invoke(context) or DONE
    except typer.Exit as done:
        return done.exit_code


def application(called: str) -> typer.Typer:
    """All commands, of which only the `called` one is loaded."""
    app = typer.Typer(
        cls=LightGroup,
        help=help_text(run_bare.__doc__),
        add_completion=False,
        rich_markup_mode=None,  # Rich is imported by what draws with it
        pretty_exceptions_enable=False,
    )
    app.callback()(run_bare)
    for name, entry in COMMANDS.items():
        if name == called:
            function = load(entry.target)
            app.command(name, cls=LightCommand, help=help_text(function.__doc__))(function)
        else:
            app.command(name, help=entry.summary)(unloaded)
    return app


def load(target: str) -> Callable[..., Any]:
    """The function that `module:function` names."""
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def unloaded() -> None:
    """Stands in the list of commands for one that is not called."""


def show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        print(f"tfli {inspector.__version__}")
        raise typer.Exit


def run_bare(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    """See inside a .tflite file, take its weights out, get Keras source back.

    `tfli MODEL` is `tfli browse MODEL` on a terminal, and `tfli info MODEL` elsewhere.
    """


if __name__ == "__main__":
    main()

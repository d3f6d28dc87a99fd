"""What can be done with the model: commands of `tfli`, filled in for where the user is.

Each asks for a line, which holds what one would type behind `tfli weights MODEL -o`; what goes
wrong is told over the same line, which can then be mended.
"""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePath
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from inspector.errors import InspectorError
from inspector.filenames import safe_name
from inspector.files import write_whole
from inspector.report.text import printable
from inspector.tui.command_line import Outcome, file_and_options
from inspector.tui.parts import filter_of, operators_of
from inspector.tui.screens.prompt import Prompt
from inspector.tui.screens.work import WorkScreen

if TYPE_CHECKING:
    from inspector.tui.app import Browser
    from inspector.tui.session import Session

FORCE = "--force"


class Action(NamedTuple):
    """A command of `tfli` whose line is asked for: `hint` says what may stand in it.

    `arguments` are those of a model's path and the words of the line; `done` is told what came of
    it, with those words.
    """

    title: str
    hint: str
    arguments: Callable[[str, list[str]], list[str]]
    done: Callable[[Browser, list[str], Outcome], None]


def writing(command: str, path: str, words: list[str]) -> list[str]:
    """`tfli COMMAND MODEL -o FILE ...`."""
    return [command, path, "-o", *words]


def reporting(path: str, words: list[str]) -> list[str]:
    """`tfli info MODEL`, as JSON for a file that is called so; it writes no file itself."""
    as_json = ["--json"] if words[0].lower().endswith(".json") else []
    return ["info", path, *as_json, *(word for word in words[1:] if word != FORCE)]


def told(browser: Browser, words: list[str], outcome: Outcome) -> None:
    """Tell what a command said."""
    del words
    (browser.tell if outcome.code == 0 else browser.complain)(outcome.told)


def keep_report(browser: Browser, words: list[str], outcome: Outcome) -> None:
    """Write what a command printed. Raises `InputError`."""
    with write_whole(words[0], force=FORCE in words) as target:
        target.write_text(outcome.output, "utf-8")
    browser.tell(f"wrote {words[0]}")


def show_rebuilt(browser: Browser, words: list[str], outcome: Outcome) -> None:
    """Show the source that has been written. Raises `InputError`."""
    open_folder(browser, Path(words[0]), outcome.output.rstrip().rpartition("\n")[2])
    if outcome.told:
        browser.complain(outcome.told)


WEIGHTS = Action(
    "Export weights",
    "FILE.npz, FILE.safetensors or FOLDER/\n"
    "--layout keras|torch|tflite  --raw  --dtype float16  --filter GLOB  --force",
    partial(writing, "weights"),
    told,
)
REBUILD = Action(
    "Rebuild as Keras source",
    "a FOLDER for model.py and its weights\n"
    "--quantized float|exact|integer  --no-verify  --dynamic-batch  --force",
    partial(writing, "rebuild"),
    show_rebuilt,
)
SLICE = Action(
    "Cut out a part as a model",
    "FILE.tflite\n--operators 3-17,20  or  --from TENSOR --to TENSOR  --subgraph N  --force",
    partial(writing, "slice"),
    told,
)
REPORT = Action(
    "Write what the model is", "FILE.txt, or FILE.json  --force", reporting, keep_report
)


def stem(session: Session) -> str:
    """How files that are made of the model are called."""
    return safe_name(PurePath(session.model.path).stem)


def export_weights(browser: Browser) -> None:
    """Ask for a file and write all weights."""
    ask(browser, WEIGHTS, f"{quote(stem(browser.session))}.npz --layout keras")


def export_selected(browser: Browser) -> None:
    """Ask for a file and write the weights of where the user is."""
    browser.run_worker(suggest_selected(browser))


async def suggest_selected(browser: Browser) -> None:
    """Find out whose weights those are, and ask."""
    try:
        pattern = await to_thread(filter_of, browser.session, browser.place)
    except InspectorError as error:
        browser.complain(str(error))
        return
    line = f"{quote(stem(browser.session))}-part.npz --layout keras --filter {quote(pattern)}"
    ask(browser, WEIGHTS, line)


def rebuild(browser: Browser) -> None:
    """Ask for a folder, rebuild the model, and show its source."""
    ask(browser, REBUILD, f"{quote(stem(browser.session))}-keras --quantized float")


def cut_out(browser: Browser) -> None:
    """Ask which operators are to be a model of their own; where the user is to begin with."""
    try:
        first, last = operators_of(browser.session, browser.place)
    except InspectorError as error:
        browser.complain(str(error))
        return
    subgraph = browser.place.subgraph
    where = f" --subgraph {subgraph}" if subgraph else ""
    name = quote(stem(browser.session))
    ask(browser, SLICE, f"{name}-part.tflite --operators {first}-{last}{where}")


def report(browser: Browser) -> None:
    """Ask for a file and write what the model is."""
    ask(browser, REPORT, f"{quote(stem(browser.session))}.json")


def ask(browser: Browser, action: Action, line: str, trouble: str = "") -> None:
    """Ask for the line of an action, over it what was wrong with the one before."""
    hint = f"{printable(trouble)}\n\n{action.hint}" if trouble else action.hint
    browser.push_screen(Prompt(action.title, hint, line), partial(answered, browser, action))


def answered(browser: Browser, action: Action, line: str | None) -> None:
    """Do what the line says."""
    if line is None:
        return
    try:
        words = file_and_options(line)
    except InspectorError as error:
        ask(browser, action, line, str(error))
        return
    arguments = action.arguments(browser.session.model.path, words)
    done = partial(ended, browser, action, line, words)
    browser.push_screen(WorkScreen(action.title, arguments), done)


def ended(
    browser: Browser, action: Action, line: str, words: list[str], outcome: Outcome | None
) -> None:
    """Say what came of it; where nothing did, ask again."""
    if outcome is None:
        browser.complain(f"{action.title}: cancelled")
        return
    failed = outcome.code != 0 and not outcome.output
    try:
        if not failed:
            action.done(browser, words, outcome)
    except InspectorError as error:
        ask(browser, action, line, str(error))
    if failed:
        ask(browser, action, line, outcome.told)


def show_source(browser: Browser) -> None:
    """Show the source that the model was rebuilt as, at where the user is."""
    if browser.session.rebuilt is not None:
        open_source(browser)
        return
    hint = "the FOLDER that `tfli rebuild` has written"
    line = f"{stem(browser.session)}-keras"
    browser.push_screen(Prompt("Show rebuilt source", hint, line), partial(pick, browser))


def pick(browser: Browser, line: str | None) -> None:
    """Show the source in a folder."""
    if line is None:
        return
    try:
        open_folder(browser, Path(line).expanduser())
    except InspectorError as error:
        browser.complain(str(error))


def open_folder(browser: Browser, folder: Path, verdict: str = "") -> None:
    """Read what is in a folder and show it. Raises `InputError`."""
    from inspector.tui.rebuilt import read

    browser.session.rebuilt = read(folder, browser.session.model)._replace(verdict=verdict)
    open_source(browser)


def open_source(browser: Browser) -> None:
    """Show the source."""
    from inspector.tui.screens.source import SourceScreen

    assert browser.session.rebuilt is not None
    browser.push_screen(SourceScreen(browser.session.rebuilt))

"""The browser in a real terminal: tmux opens it, searches, follows, runs, exports, and leaves."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import join

import numpy as np
import pytest

import inspector
from inspector.tui.registry import TABS

TMUX = shutil.which("tmux")
PATIENCE = 60
"""Seconds until a screen must show what it should; a busy machine takes its time."""

pytestmark = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")


class Terminal:
    """A terminal of 100 columns and 30 lines, which types and looks."""

    def __init__(self, socket: Path, command: list[str]) -> None:
        self.socket = socket
        size = ["-x", "100", "-y", "30"]
        self.tmux("new-session", "-d", *size, "-e", "TERM=xterm-256color", *command)
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def tmux(self, *arguments: str) -> str:
        command = [TMUX or "tmux", "-S", str(self.socket), "-f", "/dev/null", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tmux("send-keys", key)

    def type(self, line: str) -> None:
        self.tmux("send-keys", "-l", line)
        self.press("Enter")

    def modes(self) -> str:
        """Whether there is a screen of its own, and whether the mouse is reported."""
        return self.tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag}").strip()

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def wait(self, until: Callable[[str], object]) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            screen = self.screen()
            if until(screen):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"the screen is still:\n{self.screen()}")

    def shows(self, text: str) -> str:
        return self.wait(lambda screen: text in screen)

    def ended(self) -> str:
        """Wait until the command has ended, and give what the terminal shows then."""
        return self.wait(
            lambda _: self.tmux("display-message", "-p", "#{pane_dead}").strip() == "1"
        )


PLAIN = ["env", "-u", "COLUMNS", "-u", "LINES"]
TFLI = [sys.executable, "-m", "inspector.cli.main"]


@pytest.fixture
def open_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[list[str]], Terminal]]:
    """Starts a program in a terminal, in an empty folder."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    opened: list[Terminal] = []

    def start(command: list[str]) -> Terminal:
        settings = "XDG_CONFIG_HOME=" + str(tmp_path)
        opened.append(Terminal(tmp_path / "socket", [*PLAIN, settings, *command]))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.tmux("kill-server")


@pytest.fixture
def terminal(fixtures: Path, open_terminal: Callable[[list[str]], Terminal]) -> Terminal:
    return open_terminal([*TFLI, str(fixtures / "cnn_int8.tflite")])


@pytest.fixture
def shell(open_terminal: Callable[[list[str]], Terminal]) -> Terminal:
    """A shell whose prompt is `ready>`."""
    found = open_terminal(["PS1=ready> ", "sh"])
    found.shows("ready>")
    return found


def test_open_search_follow_leave(terminal: Terminal) -> None:
    terminal.shows("#0 CONV_2D")
    terminal.press("/", *"fully")
    terminal.shows("1 of 2 operators")
    terminal.press("Enter")
    terminal.wait(lambda screen: "/fully" not in screen and "\n #12 " in screen)
    terminal.press("Enter", "Enter")  # into the details, and along the edge to the next operator
    terminal.shows("\n #13 FULLY_CONNECTED")  # the heading of the details, not an edge to it
    terminal.press("BSpace")
    terminal.shows("\n #12 FULLY_CONNECTED")
    terminal.press("2")
    terminal.shows("constant")
    terminal.press("?")
    terminal.shows("Escape closes")
    terminal.press("Escape")
    terminal.wait(lambda screen: "Escape closes" not in screen)
    terminal.press("q")
    screen = terminal.ended()
    assert "status 0" in screen or "dead (" not in screen
    assert "Traceback" not in screen


def test_run_export_cut(terminal: Terminal) -> None:
    terminal.shows("#0 CONV_2D")
    terminal.press(str([tab.id for tab in TABS].index("run") + 1))
    terminal.shows("nothing was run yet")
    terminal.press("r")
    terminal.shows("--seed 0")
    terminal.press("Enter")
    terminal.wait(lambda screen: "image: random" in screen and "DEPTHWISE" in screen)
    terminal.press("1")
    terminal.shows("#0 CONV_2D")
    for typed, asked, written in (
        ("export weights", "--layout", "cnn_int8.npz"),
        ("cut out", "--operators", "cnn_int8-part.tflite"),
    ):
        terminal.press("e")
        terminal.shows("Do something")
        terminal.press(*(key if key != " " else "Space" for key in typed))
        terminal.wait(lambda screen: "Write what" not in screen)
        terminal.press("Enter")
        terminal.shows(asked)
        terminal.press("Enter")
        done = Path(written).exists
        terminal.wait(lambda screen, done=done: done() and "Escape cancels" not in screen)
    terminal.press("q")
    assert "Traceback" not in terminal.ended()
    with np.load("cnn_int8.npz") as weights, inspector.open("cnn_int8-part.tflite") as part:
        assert weights["stem/kernel"].shape == (3, 3, 3, 16)
        assert [operator.name for operator in part.subgraphs[0].operators] == ["CONV_2D"]


def test_a_window_that_changes_its_size(terminal: Terminal) -> None:
    terminal.shows("#0 CONV_2D")
    terminal.press("Down")
    for width, height in ((140, 40), (60, 15), (20, 5), (100, 30)):
        terminal.tmux("resize-window", "-x", str(width), "-y", str(height))
        terminal.wait(lambda screen, lines=height: len(screen.splitlines()) <= lines)
    whole = ("cnn_int8.tflite", "#1 DEPTHWISE_CONV_2D", "? Help")
    terminal.wait(lambda screen: all(text in screen for text in whole))


@pytest.mark.parametrize("key", ["q", "C-c", "C-q"])
def test_the_terminal_is_left_as_it_was(shell: Terminal, fixtures: Path, key: str) -> None:
    shell.type("stty -g > before")
    shell.type(f"{join(TFLI)} {fixtures / 'cnn_int8.tflite'}")
    shell.shows("#0 CONV_2D")
    assert shell.modes() == "1 1"
    shell.press(key)
    shell.wait(lambda screen: "#0 CONV_2D" not in screen and "ready>" in screen)
    shell.type("stty -g > after; echo done$?")
    shell.shows("done0")
    assert Path("before").read_text() == Path("after").read_text()
    assert shell.modes() == "0 0"


def test_a_pipe_gets_the_page_of_info(shell: Terminal, fixtures: Path) -> None:
    model = fixtures / "cnn_int8.tflite"
    shell.type(
        f"{join(TFLI)} {model} | cat > page; {join(TFLI)} info {model} | cmp - page && echo same"
    )
    shell.wait(lambda screen: "\nsame" in screen)

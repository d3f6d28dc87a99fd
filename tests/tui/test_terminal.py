"""The browser in a real terminal: tmux opens it, searches, follows an edge, and leaves."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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


@pytest.fixture
def terminal(tmp_path: Path, fixtures: Path) -> Iterator[Terminal]:
    plain = ["env", "-u", "COLUMNS", "-u", "LINES", "XDG_CONFIG_HOME=" + str(tmp_path)]
    program = [
        *plain,
        sys.executable,
        "-m",
        "inspector.cli.main",
        str(fixtures / "cnn_int8.tflite"),
    ]
    found = Terminal(tmp_path / "socket", program)
    yield found
    found.tmux("kill-server")


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
    terminal.shows("Sort by size")
    terminal.press("Escape")
    terminal.wait(lambda screen: "Escape closes" not in screen)
    terminal.press("q")
    screen = terminal.shows("Pane is dead")
    assert "status 0" in screen or "dead (" not in screen
    assert "Traceback" not in screen

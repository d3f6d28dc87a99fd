"""Draws the README's picture, what `tfli` prints on a terminal: `python docs/picture.py`."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import tempfile
import termios
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
TFLI = Path(sys.executable).parent / "tfli"
WIDTH = 104


def main() -> None:
    """Run the commands on the bundled network and save their output as docs/picture.svg."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder:
        for line in (
            "tfli ops fixtures/mnist.tflite",
            "tfli weights fixtures/mnist.tflite -o weights.npz",
            "tfli rebuild fixtures/mnist.tflite -o mnist",
        ):
            console.print(Text(f"$ {line}", style="bold green"))
            console.print(Text.from_ansi(output(line, folder)))
        console.print(Text("$ cat mnist/model.py", style="bold green"))
        source = (Path(folder) / "mnist" / "model.py").read_text(encoding="utf-8")
        console.print(Text(source.partition("def load_weights")[0].rstrip()))
    console.save_svg(str(ROOT / "docs" / "picture.svg"), title="tfli")


def output(line: str, folder: str) -> str:
    """What a command prints on a terminal of our width, when its files go to `folder`."""
    words = [str(ROOT / w) if w.startswith("fixtures/") else w for w in line.split()[1:]]
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (40, WIDTH))
    process = subprocess.Popen(
        [TFLI, *words], cwd=folder, stdout=follower, stderr=subprocess.DEVNULL
    )
    os.close(follower)
    pieces = []
    with contextlib.suppress(OSError):  # how a terminal says that all is read
        while piece := os.read(leader, 4096):
            pieces.append(piece)
    if process.wait():
        sys.exit(f"{line}: exit code {process.returncode}")
    return b"".join(pieces).decode().replace("\r\n", "\n")


if __name__ == "__main__":
    main()

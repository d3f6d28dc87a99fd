"""Draws the pictures of the browser, from bundled networks: `python docs/pictures.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TFLI = Path(sys.executable).parent / "tfli"
SIZE = "112x32"
PICTURES = {
    "browser": ["cnn_int8.tflite", "--at", "7"],
    "browser-drawing": ["cnn_int8.tflite", "--at", "3", "--tab", "drawing"],
    "browser-weights": ["cnn_int8.tflite", "--at", "7", "--tab", "weights"],
}
"""Each picture's name, and what `tfli` is called with; the files are those in `fixtures`."""


def main() -> None:
    """Make each picture anew."""
    for name, arguments in PICTURES.items():
        picture = ROOT / "docs" / f"{name}.svg"
        options = ["--screenshot", str(picture), "--size", SIZE, "--force"]
        subprocess.run([TFLI, *arguments, *options], cwd=ROOT / "fixtures", check=True)


if __name__ == "__main__":
    main()

"""Emission without verification: a whole command, and many operators within a second."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import inspector
from benchmarks.synthetic import many_operators
from benchmarks.timing import Row, models, versus
from rebuild.folder import write
from rebuild.translate.translator import translate

TFLI = str(Path(sys.executable).parent / "tfli")
OPERATORS = 1000
ALLOWED = 1.0
ROUNDS = 3


def rows() -> list[Row]:
    found = [many()]
    for path in models("glesapp-style_transfer_f16", "tflsupport-mobilenet_v1"):
        with tempfile.TemporaryDirectory() as folder:
            command = [TFLI, "rebuild", path, "-o", folder, "--no-verify", "--force"]
            times = versus(
                lambda c=command: subprocess.run(c, check=True, capture_output=True),
                lambda: subprocess.run([sys.executable, "-c", "import keras"], capture_output=True),
                rounds=3,
            )
            found.append(Row("rebuild --no-verify", path.name, "import keras", *times, 3))
    return found


def many() -> Row:
    """The least seconds that script, weights and map of a thousand operators take."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        path = many_operators(Path(folder, "chain.tflite"), OPERATORS)
        for _ in range(ROUNDS):
            began = time.perf_counter()
            with inspector.open(path) as model:
                write(translate(model), Path(folder))
            times.append(time.perf_counter() - began)
    what = f"emission of {OPERATORS:,} operators"
    return Row(what, "int8 convolutions", "one second", min(times), ALLOWED, 1)

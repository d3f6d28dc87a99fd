"""Emission without verification: seconds for each operator, and that TensorFlow is not imported."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Row, models, versus

TFLI = str(Path(sys.executable).parent / "tfli")


def rows() -> list[Row]:
    found = []
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

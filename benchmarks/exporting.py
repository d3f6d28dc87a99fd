"""The weights export against `numpy.savez` of the same arrays, from memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import inspector
from benchmarks.timing import Row, models, versus
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.save import save


def rows() -> list[Row]:
    found = []
    for path in models("tflsupport-mobilenet_v1", "coral-traffic"):
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "w.npz"
            with inspector.open(path) as model:
                save(arrays(model, Layout.KERAS), target, force=True)
            loaded = dict(np.load(target))
            times = versus(
                lambda p=path, t=target: write(p, t),
                lambda a=loaded, t=Path(folder) / "savez.npz": np.savez(t, **a),
            )
            found.append(Row("export the weights", path.name, "numpy.savez", *times, 0.5))
    return found


def write(path: Path, target: Path) -> None:
    with inspector.open(path) as model:
        save(arrays(model, Layout.KERAS), target, force=True)

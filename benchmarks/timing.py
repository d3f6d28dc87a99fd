"""Two ways to do the same, timed in turn in one process, so that a noisy machine disturbs both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODELS = ROOT.parent / "shared" / "models" / "networks"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was done, to what, our median and the peer's, in seconds.

    `target` says what the ratio peer / ours should be at least. Where the `unit` is MB, both
    figures are bytes.
    """

    what: str
    model: str
    peer: str
    ours: float
    theirs: float
    target: float
    unit: str = "ms"

    def shown(self, value: float) -> str:
        """A figure with its unit."""
        return f"{value * 1e3:.2f} ms" if self.unit == "ms" else f"{value / 1e6:.0f} MB"

    @property
    def ratio(self) -> float:
        """How many times faster, or smaller, than the peer."""
        return self.theirs / self.ours


def versus(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int = 9,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """The median seconds of each, after one call that does not count.

    With `time.process_time` for a clock, those of all processors: other programs matter less.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for round_ in range(rounds + 1):
        for kept, function in zip(times, (ours, theirs), strict=True):
            began = clock()
            function()
            if round_:
                kept.append(clock() - began)
    return statistics.median(times[0]), statistics.median(times[1])


def models(*names: str) -> list[Path]:
    """Those shared networks that are there, by the start of their names; else a fixture."""
    found = [path for name in names for path in sorted(MODELS.glob(f"{name}*"))[:1]]
    return found or [ROOT / "fixtures" / "cnn.tflite"]

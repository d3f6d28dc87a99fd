"""The terminal browser: how long until the first screen, and from a key to what it does."""

from __future__ import annotations

import asyncio
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.browser_memory import ROLLUP
from benchmarks.synthetic import many_bytes, many_operators
from benchmarks.timing import ROOT, Row

ALLOWED = {500: 0.3, 25_000: 0.6}
"""Seconds by which the first screen may be later than that of an empty application."""
FELT = 0.05
"""Seconds after which a key is felt to be slow."""
FEW, MANY, LAYERS = 400_000, 400_000_000, 100
"""Bytes of weights in each of two models, and in how many kernels."""
WEIGHTS_KEYS = ("8", "7", "v", "v")
KEYS = ("down", "pagedown", "end", "up", "pageup", "home")


def rows() -> Iterator[Row]:
    """Both sizes: the start, and the slowest of a few keys."""
    with TemporaryDirectory() as folder:
        for operators, allowed in ALLOWED.items():
            path = many_operators(Path(folder) / f"{operators}.tflite", operators)
            what, size = "first screen", f"{operators:,} operators"
            empty, ours = first_screens(path)
            yield Row(what, size, f"empty app + {allowed} s", ours, empty + allowed, 1.0)
            yield Row("slowest key", size, "what is felt", slowest_key(path), FELT, 1.0)
        if ROLLUP.exists():
            yield private_memory(Path(folder))


def private_memory(folder: Path) -> Row:
    """What a browser holds that has looked at every weight, beside one of the same small graph."""
    small, large = (
        most_private(many_bytes(folder / f"{weights}.tflite", LAYERS, weights))
        for weights in (FEW, MANY)
    )
    one = 8 * MANY // LAYERS  # a kernel in float64, in which it is measured
    return Row("private memory", "400 MB", "400 kB, and a kernel", large, small + one, 1.0, "MB")


def most_private(path: Path) -> int:
    """The most private bytes of a browser that measures every weight and shows some."""
    command = [sys.executable, "-m", "benchmarks.browser_memory", str(path), *WEIGHTS_KEYS]
    told = subprocess.run(command, check=True, cwd=ROOT, timeout=600, capture_output=True).stdout
    return int(told)


def first_screens(path: Path, rounds: int = 5) -> tuple[float, float]:
    """Seconds from the start of a process to its first screen: an empty application, and ours."""
    times: dict[str, list[float]] = {"empty": [], str(path): []}
    for _ in range(rounds):
        for what, kept in times.items():
            began = time.perf_counter()
            command = [sys.executable, "-m", "benchmarks.first_screen", what]
            subprocess.run(command, check=True, cwd=ROOT, timeout=120, stdout=subprocess.DEVNULL)
            kept.append(time.perf_counter() - began)
    empty, ours = (statistics.median(kept) for kept in times.values())
    return empty, ours


def slowest_key(path: Path) -> float:
    """The median seconds from a key to the last repaint that it causes, of the slowest key."""
    return max(statistics.median(times) for times in asyncio.run(key_times(path)).values())


async def key_times(path: Path, rounds: int = 5) -> dict[str, list[float]]:
    """The seconds of each of some keys, pressed again and again."""
    import inspector
    from inspector.tui.app import Browser
    from inspector.tui.session import Session

    class Timed(Browser):
        """Notes when it last painted anything."""

        painted = 0.0

        def _display(self, screen: Any, renderable: Any) -> None:
            super()._display(screen, renderable)
            self.painted = time.perf_counter()

    gc.set_threshold(100_000, 50, 100)  # as `tfli` does
    found: dict[str, list[float]] = {key: [] for key in KEYS}
    with inspector.open(path) as model:
        browser = Timed(Session(model))
        async with browser.run_test(size=(120, 40)) as pilot:
            await browser.workers.wait_for_complete()
            await pilot.pause()
            for _ in range(rounds):
                for key in KEYS:
                    began = time.perf_counter()
                    browser.simulate_key(key)
                    await pilot.pause(0.1)
                    found[key].append(browser.painted - began)
    return found

"""Size: a file of 50,000 tensors, and one of 3 GB, against stated seconds and megabytes.

What the library does is timed in this process, in seconds of its processor; commands are timed, by
the clock, and weighed in processes of their own. `synthetic.py` writes the files, into a temporary
folder.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import inspector
from benchmarks.synthetic import many_bytes, many_operators
from benchmarks.timing import Row
from inspector.content import contents_of
from inspector.lifetimes import memory_of
from inspector.macs import macs
from inspector.precision import precision_of
from inspector.read.model import Model
from inspector.stats import Part, sound_part, stats_of

LIMIT = "stated limit"
OPERATORS, SCREEN = 25_000, 60
BYTES, LAYERS = 3_000_000_000, 2_000
MEGABYTES = 100
WEIGH = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Run a command from a small process: a child's peak begins with the size of its parent."""


def rows() -> Iterator[Row]:
    """All measures of this file."""
    with tempfile.TemporaryDirectory() as folder:
        many = many_operators(Path(folder) / "many.tflite", OPERATORS)
        yield from library(many)
        for command in (["tensors"], ["ops"], ["tensors", "--json"], ["ops", "--json"]):
            yield listing(command, many, "50,000 tensors", 1.0)
        large = many_bytes(Path(folder) / "large.tflite", LAYERS, BYTES)
        for command in (["tensors"], ["ops"], ["info"]):
            yield listing(command, large, "3 GB", 0.3)
            yield weight(command, large, "3 GB")
        yield weight(["info", "--json"], large, "3 GB")  # which reads it all, to hash it


def library(path: Path) -> Iterator[Row]:
    """A first screen of a file, and what each statistic takes in all."""
    yield timed("open, first 60", partial(first_screen, path), 0.05)
    with inspector.open(path) as model:
        part = sound_part(model.subgraphs[0])
        each = 10e-6 * OPERATORS
        yield timed("MACs", partial(all_macs, part), each)
        yield timed("statistics", partial(statistics, part), each)
        yield timed("arena", partial(memory_of, part), each)
        yield timed("equal buffers, zeros", partial(contents_of, model), each)


def first_screen(path: Path) -> object:
    """What a screen shows at first: the records of the first tensors and operators."""
    with inspector.open(path) as model:
        return screen(model)


def screen(model: Model) -> object:
    """The first records."""
    graph = model.subgraphs[0]
    return graph.tensors[:SCREEN], [(found, found.options) for found in graph.operators[:SCREEN]]


def all_macs(part: Part) -> object:
    """The MACs of each operator."""
    return [macs(operator, part.tensors) for operator in part.operators]


def statistics(part: Part) -> object:
    """The sums that `tfli info` shows."""
    return stats_of([part]), precision_of([part])


def timed(what: str, function: Callable[[], object], limit: float) -> Row:
    """The median time of a function of the file of many tensors."""
    return Row(what, "50,000 tensors", LIMIT, seconds(function, 5, process_time), limit, 1.0)


def listing(command: Sequence[str], path: Path, model: str, limit: float) -> Row:
    """The median time of a command, its start included."""
    call = partial(subprocess.run, tfli(command, path), stdout=subprocess.DEVNULL, check=True)
    return Row(
        " ".join(["tfli", *command]), model, LIMIT, seconds(call, 5, perf_counter), limit, 1.0
    )


def weight(command: Sequence[str], path: Path, model: str) -> Row:
    """The most memory that a command holds at once, mapped pages of the file included."""
    weigh = [sys.executable, "-c", WEIGH, *tfli(command, path)]
    told = int(subprocess.run(weigh, capture_output=True, text=True, check=True).stdout)
    peak = told if sys.platform == "darwin" else told * 1024
    what = " ".join(["tfli", *command, "(peak)"])
    return Row(what, model, LIMIT, peak, MEGABYTES * 1e6, 1.0, "MB")


def tfli(command: Sequence[str], path: Path) -> list[str]:
    """The command line of `tfli` on a file."""
    return [sys.executable, "-c", TFLI, *command[:1], str(path), *command[1:]]


TFLI = "from inspector.cli.main import main; main()"


def seconds(function: Callable[[], object], rounds: int, clock: Callable[[], float]) -> float:
    """The median of so many runs."""
    times = []
    for _ in range(rounds):
        began = clock()
        function()
        times.append(clock() - began)
    return median(times)

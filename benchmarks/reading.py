"""How fast a model is opened and listed, beside the other ways to read one.

In the library: every core record of a file (names, shapes, types, quantisation, operands) by
`inspector`, by the accessors of the `tflite` package, and by the object classes that LiteRT
generates. In the shell: `tfli ops` beside an interpreter that imports NumPy and nothing else.

    python -m benchmarks.reading
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import inspector
import tflite
from ai_edge_litert import schema_py_generated as generated

ROOT = Path(__file__).resolve().parent.parent
NETWORKS = ROOT.parent / "shared" / "models" / "networks"
ROUNDS = 15
LARGEST = 20_000_000


class Row(NamedTuple):
    """One line of the table: a measure, what was measured, its ratio, and the ratio to reach.

    `at_least` tells whether the ratio should be the target or more; otherwise it should be less.
    """

    measure: str
    subject: str
    milliseconds: float
    ratio: float
    target: float
    at_least: bool


def rows() -> list[Row]:
    """All measures of this file: a few seconds a network."""
    found = [row for path in subjects() for row in reading(path)]
    return (
        found
        + shell(ROOT / "fixtures" / "cnn.tflite")
        + [row for path in networks(1) for row in shell(path)]
    )


def subjects() -> list[Path]:
    """The bundled network as float and per-channel int8, and the largest networks if there are any."""
    fixtures = ROOT / "fixtures"
    return [fixtures / "cnn.tflite", fixtures / "cnn_int8.tflite", *networks(8)]


def networks(count: int) -> list[Path]:
    """The largest networks of the shared folder."""
    paths = [path for path in NETWORKS.glob("*.tflite") if path.stat().st_size < LARGEST]
    return sorted(paths, key=lambda path: path.stat().st_size, reverse=True)[:count]


def reading(path: Path) -> list[Row]:
    """Our time for all records of a file, and how many times longer the others take."""
    ours, accessors, objects = interleaved([by_us, by_accessors, by_objects], path)
    kind = "per-channel" if is_per_channel(path) else "float or per-tensor"
    subject = f"{path.name} ({kind})"
    targets = (3.0, 6.0) if kind == "per-channel" else (5.0, 10.0)
    return [
        Row(
            "open and list, against the accessors",
            subject,
            ours,
            accessors / ours,
            targets[0],
            True,
        ),
        Row("open and list, against the objects", subject, ours, objects / ours, targets[1], True),
    ]


def is_per_channel(path: Path) -> bool:
    """Whether any tensor has several scales, which every reader must copy out."""
    with inspector.open(path) as model:
        tensors = (tensor for graph in model.subgraphs for tensor in graph.tensors)
        return any(t.quantization and len(t.quantization.scale) > 1 for t in tensors)


def interleaved(readers: Sequence[Callable[[Path], object]], path: Path) -> list[float]:
    """The median time of each reader in milliseconds, in turns, so that all meet the same noise."""
    times: list[list[float]] = [[] for _ in readers]
    for _ in range(ROUNDS):
        for reader, taken in zip(readers, times, strict=True):
            began = perf_counter()
            reader(path)
            taken.append(1000 * (perf_counter() - began))
    return list(map(median, times))


def by_us(path: Path) -> object:
    """Every core record, made and checked."""
    with inspector.open(path) as model:
        graphs = [(list(graph.tensors), list(graph.operators)) for graph in model.subgraphs]
        return graphs, model.signatures, model.metadata


def by_objects(path: Path) -> object:
    """The whole model as generated objects, which copy weights as views only."""
    root = generated.Model.GetRootAs(bytearray(path.read_bytes()), 0)
    return generated.ModelT.InitFromObj(root)


def by_accessors(path: Path) -> object:
    """The same fields through the generated accessors, vectors as NumPy views."""
    model = tflite.Model.GetRootAs(path.read_bytes(), 0)
    codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
    names = [
        (c.BuiltinCode(), c.DeprecatedBuiltinCode(), c.CustomCode(), c.Version()) for c in codes
    ]
    graphs = [accessed(model.Subgraphs(i)) for i in range(model.SubgraphsLength())]
    return names, graphs


def accessed(graph: Any) -> object:
    """The tensors and operators of a subgraph."""
    tensors = (graph.Tensors(i) for i in range(graph.TensorsLength()))
    operators = (graph.Operators(i) for i in range(graph.OperatorsLength()))
    return [tensor_fields(t) for t in tensors], [
        (o.OpcodeIndex(), o.InputsAsNumpy(), o.OutputsAsNumpy(), o.IntermediatesAsNumpy())
        for o in operators
    ]


def tensor_fields(tensor: Any) -> tuple[object, ...]:
    """What our record of a tensor holds."""
    found = tensor.Quantization()
    quantization = found and (
        found.ScaleAsNumpy(),
        found.ZeroPointAsNumpy(),
        found.QuantizedDimension(),
    )
    return (
        tensor.Name(),
        tensor.ShapeAsNumpy(),
        tensor.ShapeSignatureAsNumpy(),
        tensor.Type(),
        tensor.Buffer(),
        tensor.IsVariable(),
        quantization,
        tensor.Sparsity(),
    )


def shell(path: Path) -> list[Row]:
    """`tfli ops` from the shell, as a table and as JSON, against importing NumPy."""
    numpy = [sys.executable, "-c", "import numpy"]
    listing = [sys.executable, "-m", "inspector.cli.main", "ops", str(path)]
    alone, table, as_json = commands([numpy, listing, [*listing, "--json"]])
    return [
        Row("tfli ops, against import numpy", path.name, table, table / alone, 2.0, False),
        Row(
            "tfli ops --json, against import numpy", path.name, as_json, as_json / alone, 2.0, False
        ),
    ]


def commands(each: Sequence[Sequence[str]]) -> list[float]:
    """The median time of each command in milliseconds, in turns."""
    times: list[list[float]] = [[] for _ in each]
    for _ in range(ROUNDS):
        for command, taken in zip(each, times, strict=True):
            began = perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
            taken.append(1000 * (perf_counter() - began))
    return list(map(median, times))


def main() -> None:
    """Print the table."""
    for row in rows():
        bound = "at least" if row.at_least else "at most"
        reached = "reached" if (row.ratio >= row.target) == row.at_least else "MISSED"
        print(
            f"{row.measure:40} {row.milliseconds:8.2f} ms  {row.ratio:5.2f}x "
            f"({bound} {row.target:g}: {reached})  {row.subject}"
        )


if __name__ == "__main__":
    main()

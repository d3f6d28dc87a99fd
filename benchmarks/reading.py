"""Opening and listing a model, against the other ways to read one.

In the library: every core record of a file (names, shapes, types, quantisation, operands), against
the accessors of the `tflite` package and the object classes that LiteRT generates. In the shell:
`tfli ops`, against an interpreter that imports NumPy and nothing else.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import tflite
from ai_edge_litert import schema_py_generated as generated

import inspector
from benchmarks.timing import ROOT, Row, models, versus

FLOAT, QUANTIZED = (5.0, 10.0), (3.0, 6.0)
"""How many times faster than the accessors and the objects, on the two kinds of networks."""


def rows() -> list[Row]:
    """All measures of this file."""
    networks = models("fdtflite-iris", "mediapipe-palm", "tflsupport-yamnet", "coral-traffic")
    large = models("tflsupport-yamnet")
    return [row for path in networks for row in reading(path)] + [
        row for path in large for row in listing(path)
    ]


def reading(path: Path) -> Iterator[Row]:
    """Our time for all records of a file, against both other readers."""
    peers = {"tflite accessors": by_accessors, "generated objects": by_objects}
    targets = QUANTIZED if is_quantized(path) else FLOAT
    for (peer, read), target in zip(peers.items(), targets, strict=True):
        times = versus(partial(by_us, path), partial(read, path), rounds=25)
        yield Row("open and list", path.name, peer, *times, target)


def is_quantized(path: Path) -> bool:
    """Whether tensors have scales, which a reader must fetch beside the rest."""
    with inspector.open(path) as model:
        return any(t.quantization for graph in model.subgraphs for t in graph.tensors)


def by_us(path: Path) -> object:
    """Every core record, made and checked."""
    with inspector.open(path) as model:
        graphs = [(list(graph.tensors), list(graph.operators)) for graph in model.subgraphs]
        return graphs, model.signatures, model.metadata


def by_objects(path: Path) -> object:
    """The whole model as generated objects, in which constants are views of the file."""
    root = generated.Model.GetRootAs(bytearray(path.read_bytes()), 0)
    return generated.ModelT.InitFromObj(root)


def by_accessors(path: Path) -> object:
    """The same fields through the generated accessors, vectors as NumPy views."""
    model = tflite.Model.GetRootAs(path.read_bytes(), 0)
    codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
    names = [
        (code.BuiltinCode(), code.DeprecatedBuiltinCode(), code.CustomCode(), code.Version())
        for code in codes
    ]
    graphs = [graph_fields(model.Subgraphs(i)) for i in range(model.SubgraphsLength())]
    entries = [model.Metadata(i) for i in range(model.MetadataLength())]
    signatures = [
        signature_fields(model.SignatureDefs(i)) for i in range(model.SignatureDefsLength())
    ]
    return names, graphs, [(entry.Name(), entry.Buffer()) for entry in entries], signatures


def signature_fields(found: Any) -> object:
    """A signature with its arguments."""
    maps = [found.Inputs(i) for i in range(found.InputsLength())]
    maps += [found.Outputs(i) for i in range(found.OutputsLength())]
    arguments = [(entry.Name(), entry.TensorIndex()) for entry in maps]
    return found.SignatureKey(), found.SubgraphIndex(), arguments


def graph_fields(graph: Any) -> object:
    """The tensors and operators of a subgraph."""
    tensors = (graph.Tensors(i) for i in range(graph.TensorsLength()))
    operators = (graph.Operators(i) for i in range(graph.OperatorsLength()))
    return [tensor_fields(tensor) for tensor in tensors], [
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


def listing(path: Path) -> Iterator[Row]:
    """`tfli ops` from the shell; it may take twice as long as importing NumPy."""
    command = [sys.executable, "-m", "inspector.cli.main", "ops", str(path)]
    numpy = [sys.executable, "-c", "import numpy"]
    for form in ([], ["--json"]):
        times = versus(partial(call, [*command, *form]), partial(call, numpy), rounds=15)
        yield Row(" ".join(["tfli ops", *form]), path.name, "import numpy", *times, 0.5)


def call(command: Sequence[str]) -> None:
    """Run a command; what it writes goes nowhere."""
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)

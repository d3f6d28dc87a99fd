"""Models of several operators and subgraphs, written by LiteRT's own schema classes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import inspector
from rebuild.execute import import_keras, load
from rebuild.folder import write as write_folder
from rebuild.translate.readings import READINGS
from rebuild.translate.translator import translate
from tests.one_operator import DTYPES, OPTIONS, packed_strings
from tests.written import code, made, model, operator, packed, subgraph, tensor

BUILTIN, REFERENCE = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, OpResolverType.BUILTIN_REF
DTYPES = {**DTYPES, "resource": schema.TensorType.RESOURCE}
TABLES = {"STABLEHLO_COMPOSITE": "StableHLOCompositeOptions"}
"""Names of option tables that do not follow the operator's."""


@dataclass
class Network:
    """A model on its way; `graph` begins a subgraph of it."""

    graphs: list[Graph] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    signatures: list[Any] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    def graph(self, name: str) -> Graph:
        self.graphs.append(Graph(self, name, len(self.graphs)))
        return self.graphs[-1]

    def signature(self, key: str, graph: Graph) -> None:
        names = [[f"{side}{i}" for i in range(len(tensors))] for side, tensors in graph.edges]
        pairs = [
            [
                made(schema.TensorMapT, name=n, tensorIndex=t)
                for n, t in zip(some, all_, strict=True)
            ]
            for some, (_, all_) in zip(names, graph.edges, strict=True)
        ]
        inputs, outputs = pairs
        self.signatures.append(
            made(
                schema.SignatureDefT,
                signatureKey=key,
                inputs=inputs,
                outputs=outputs,
                subgraphIndex=graph.index,
            )
        )

    def write(self, path: Path) -> Path:
        codes = [
            code(getattr(schema.BuiltinOperator, name), version=self.versions.get(name, 1))
            for name in self.codes
        ]
        graphs = [graph.made() for graph in self.graphs]
        fields: dict[str, Any] = {"operatorCodes": codes}
        if self.signatures:
            fields["signatureDefs"] = self.signatures
        path.write_bytes(packed(model(graphs, self.constants, **fields)))
        return path


@dataclass
class Graph:
    """A subgraph on its way; its methods give the indices of the tensors that they add."""

    network: Network
    name: str
    index: int
    tensors: list[Any] = field(default_factory=list)
    operators: list[Any] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: Sequence[int] = ()

    @property
    def edges(self) -> tuple[tuple[str, Sequence[int]], tuple[str, Sequence[int]]]:
        return ("in", self.inputs), ("out", self.outputs)

    def tensor(self, shape: Sequence[int] = (), dtype: str = "float32", **fields: Any) -> int:
        name = fields.pop("name", f"{self.name}/t{len(self.tensors)}")
        if -1 in shape:
            fields["shapeSignature"], shape = list(shape), [max(size, 1) for size in shape]
        fields = {"type": DTYPES[dtype], "hasRank": True, **fields}
        self.tensors.append(tensor(name, shape, **fields))
        return len(self.tensors) - 1

    def input(self, shape: Sequence[int] = (), dtype: str = "float32", **fields: Any) -> int:
        self.inputs.append(self.tensor(shape, dtype, **fields))
        return self.inputs[-1]

    def constant(self, value: Any, dtype: str = "float32") -> int:
        array = np.array(value, dtype)
        data = packed_strings(array) if dtype == "object" else array.tobytes()
        self.network.constants.append(data)
        return self.tensor(array.shape, dtype, buffer=len(self.network.constants))

    def op(self, kind: str, inputs: Sequence[int], *outputs: int, **options: Any) -> int:
        """An operator that computes the tensors `outputs`; gives the first of them."""
        if kind not in self.network.codes:
            self.network.codes.append(kind)
        table = (OPTIONS | TABLES).get(kind, kind.title().replace("_", "") + "Options")
        fields: dict[str, Any] = {"opcodeIndex": self.network.codes.index(kind)}
        if hasattr(schema.BuiltinOptions, table):
            fields["builtinOptions"] = made(getattr(schema, table + "T"), **options)
            fields["builtinOptionsType"] = getattr(schema.BuiltinOptions, table)
        elif hasattr(schema.BuiltinOptions2, table):
            fields["builtinOptions2"] = made(getattr(schema, table + "T"), **options)
            fields["builtinOptions2Type"] = getattr(schema.BuiltinOptions2, table)
        self.operators.append(operator(inputs, outputs, **fields))
        return outputs[0] if outputs else -1

    def made(self) -> Any:
        edges = {"inputs": list(self.inputs), "outputs": list(self.outputs)}
        return subgraph(self.tensors, self.operators, name=self.name, **edges)


class Rebuilt:
    """The script of a model, loaded; `build()` makes the model of a builder with its weights."""

    def __init__(
        self, path: Path, folder: Path, reading: str = "float", allow_unsupported: bool = False
    ) -> None:
        options = {"reading": READINGS[reading](), "allow_unsupported": allow_unsupported}
        self.program = translate(inspector.open(path), **options)
        assert allow_unsupported or not self.program.all_unsupported, self.program.all_unsupported
        self.folder = folder
        write_folder(self.program, folder)
        self.module, _ = load(folder / "model.py")

    @property
    def source(self) -> str:
        return (self.folder / "model.py").read_text()

    def build(self, builder: str = "build_model") -> Any:
        found = getattr(self.module, builder)()
        self.module.load_weights(found, self.folder / "weights.npz")
        if hasattr(self.module, "keep_state"):  # as the interpreter does
            self.module.keep_state(found)
        return found


def answer(built: Any, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What a Keras model gives for some arrays; one whose original takes none takes a number."""
    arrays = arrays or [np.float32(0)]
    found = built(arrays[0] if len(arrays) == 1 else list(arrays))
    return [np.asarray(v) for v in (found if isinstance(found, (list, tuple)) else [found])]


def interpreters(path: Path) -> list[Interpreter]:
    """An interpreter for each kernel set that has the operators, ready to run."""
    found = [opened(path, BUILTIN)]
    with contextlib.suppress(ValueError):  # the reference set lacks some operators
        found.append(opened(path, REFERENCE))
    return found


def opened(path: Path, kernels: OpResolverType) -> Interpreter:
    interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    return interpreter


def invoke(interpreter: Interpreter, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What the interpreter gives for some arrays, from the state that it is in."""
    for detail, array in zip(interpreter.get_input_details(), arrays, strict=True):
        if tuple(detail["shape"]) != array.shape:
            interpreter.resize_tensor_input(detail["index"], array.shape)
            interpreter.allocate_tensors()
    for detail, array in zip(interpreter.get_input_details(), arrays, strict=True):
        interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()
    return [interpreter.get_tensor(d["index"]).copy() for d in interpreter.get_output_details()]


def check(path: Path, folder: Path, *calls: Sequence[Any]) -> Rebuilt:
    """That the script answers each call, one after another, as both kernel sets do.

    And that its model still does so for the last when it was saved and loaded.
    """
    rebuilt = Rebuilt(path, folder)
    built, sides = rebuilt.build(), interpreters(path)
    for place, call in enumerate(calls):
        arrays = [np.asarray(value) for value in call]
        if place == len(calls) - 1:
            built.save(folder / "saved.keras")
        found = answer(built, arrays)
        for side in sides:
            for value, expected in zip(found, invoke(side, arrays), strict=True):
                same(value, expected)
    again = answer(import_keras().models.load_model(folder / "saved.keras"), arrays)
    for value, expected in zip(again, found, strict=True):
        np.testing.assert_array_equal(value, expected)
    return rebuilt


def same(found: np.ndarray, expected: np.ndarray) -> None:
    """That two arrays agree in type, in shape, and in value as float32 sums do."""
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    if expected.dtype.kind in "fc":
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_array_equal(found, expected)

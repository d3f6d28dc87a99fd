"""Constants behind DEQUANTIZE and DENSIFY in real models are what the interpreter makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import inspector
from inspector.errors import InspectorError
from inspector.weights.decode import constant
from tests.shared_models import FOLDER, is_plain, rows
from tests.written import write


def with_unpacked_constants() -> Iterator[Path]:
    """The shared models whose first subgraph unpacks a constant."""
    for path in (FOLDER / row["file"] for row in rows()):
        if not path.exists() or not is_plain(path):
            continue
        try:
            with inspector.open(path) as model:
                graph = model.subgraphs[0]
                firsts = [o.inputs[0] for o in graph.operators if o.name in UNPACKING]
                if any(model.is_constant(graph.tensors[i]) for i in firsts):
                    yield path
        except (InspectorError, IndexError):  # some are damaged on purpose
            continue


UNPACKING = {name: getattr(schema.BuiltinOperator, name) for name in ("DEQUANTIZE", "DENSIFY")}


def only_unpacking(path: Path, target: Path) -> set[int]:
    """Write the model without any other operator, and give the tensors that are computed in it."""
    model: Any = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    graph = model.subgraphs[0]
    known = {i for i, t in enumerate(graph.tensors) if model.buffers[t.buffer].data is not None}
    kept, made = [], set()
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        kind = max(code.builtinCode, code.deprecatedBuiltinCode)
        if kind in UNPACKING.values() and operator.inputs[0] in known:
            kept.append(operator)
            made.add(int(operator.outputs[0]))
            known.add(operator.outputs[0])
    graph.operators, graph.inputs, graph.outputs = kept, [], sorted(made)
    model.subgraphs, model.signatureDefs, model.metadata = [graph], [], []
    write(target, model)
    return made


def computed(path: Path) -> dict[int, np.ndarray]:
    """What the interpreter computes for each output, by tensor."""
    interpreter = Interpreter(str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    interpreter.invoke()
    indices = [detail["index"] for detail in interpreter.get_output_details()]
    return {index: interpreter.get_tensor(index) for index in indices}


@pytest.mark.skipif(not rows(), reason="../shared/models is not there")
def test_constants_are_unpacked_bit_for_bit(tmp_path: Path) -> None:
    found = list(with_unpacked_constants())
    assert len(found) > 5
    for path in found:
        made = only_unpacking(path, tmp_path / "m.tflite")
        values = computed(tmp_path / "m.tflite")
        with inspector.open(path) as model:
            for index in made:
                ours = constant(model, model.subgraphs[0], index)
                assert ours is not None and ours.dtype == values[index].dtype, path.name
                np.testing.assert_array_equal(ours, values[index], f"{path.name}, tensor {index}")
        assert made

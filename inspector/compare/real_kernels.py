"""What LiteRT's own kernels for real numbers give where the reference's are quantised.

Some quantised kernels compute something else than they would with real numbers: resizing takes
places in steps of 1/1024 (`reference/resize_bilinear.h`), functions of 16 bits lie on lines between
points of a table (`common.h`), states of recurrent ones are rounded at each step, activations are
rounded at run time. Whoever computes with real numbers is that far off, and is held to these.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from inspector.compare.candidate import Unit
from inspector.compare.hints.remake import Part, Parts
from inspector.compare.metrics import align
from inspector.compare.reference import Arrays, Reference, Trial, picked
from inspector.errors import InspectorError
from inspector.run.regions import fed
from inspector.weights.decode import decode, dequantize


def of_real_numbers(reference: Reference, unit: Unit, trials: Sequence[Trial]) -> list[Arrays]:
    """What the unit gives for each trial with all its quantised tensors as real numbers.

    On the grids of its outputs, where these have one. Nothing where it has no quantised tensor, or
    no kernel for real numbers (QUANTIZE and DEQUANTIZE, above all).
    """
    inputs = fed(reference.model, reference.graph, unit.operators)
    part = Part(reference.model, unit.region(inputs))
    tensors = [reference.graph.tensors[t] for t in unit.outputs]
    found: list[Arrays] = []
    try:
        for trial in trials:
            run = part.changed(partial(make_real, reference))().run  # states begin anew
            given = zip(inputs, picked(trial.fed, inputs), strict=True)
            values = run([real(reference, t, value) for t, value in given])
            found.append([align(t, value) for t, value in zip(tensors, values, strict=True)])
    except InspectorError:
        return []
    return found


def make_real(reference: Reference, parts: Parts) -> None:
    """Let all quantised tensors of a part hold real numbers."""
    root = parts.root
    for old, new in parts.content.numbers.items():
        if old < 0 or not reference.graph.tensors[old].is_quantized:
            continue
        record, tensor = reference.graph.tensors[old], root.subgraphs[0].tensors[new]
        tensor.type, tensor.quantization = schema.TensorType.FLOAT32, None
        if reference.model.is_constant(record):
            values = real(reference, old, decode(reference.model, record))
            buffer = root.buffers[tensor.buffer]
            buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
            buffer.offset = buffer.size = 0


def real(reference: Reference, index: int, values: np.ndarray) -> np.ndarray:
    """The values of a tensor as real numbers where they are quantised, else as they are."""
    tensor = reference.graph.tensors[index]
    return dequantize(reference.model, tensor, values) if tensor.is_quantized else values

"""A disagreement as a folder to hand on: two small models or one, what they are fed, a script."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import numpy as np

from inspector.compare.candidate import Candidate
from inspector.compare.metrics import real
from inspector.compare.reduce import Reduction
from inspector.compare.reference import Reference, Values, picked
from inspector.compare.tflite import TfliteCandidate
from inspector.errors import RunError
from inspector.graph import graph_of
from inspector.run.regions import Region, region_of
from inspector.run.runtime import RESOLVERS
from inspector.run.slicing import cut
from inspector.run.store import storable

SCRIPT = '''"""{title}"""

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

HERE = Path(__file__).parent


def run(model, inputs):
    """The first output, in real numbers; the keys of the inputs are tensor indices."""
    kernels = OpResolverType.{resolver}
    interpreter = Interpreter(str(HERE / model), experimental_op_resolver_type=kernels)
    arrays = {{int(key): array for key, array in np.load(HERE / inputs).items()}}
    for index, array in arrays.items():
        interpreter.resize_tensor_input(index, array.shape)
    interpreter.allocate_tensors()
    for index, array in arrays.items():
        interpreter.set_tensor(index, array)
    interpreter.invoke()
    output = interpreter.get_output_details()[0]
    scale, zero_point = output["quantization"]
    values = interpreter.get_tensor(output["index"]).astype(np.float64)
    return (values - zero_point) * scale if scale else values


reference = run("reference.tflite", "inputs.npz")
candidate = {candidate}
error = np.abs(candidate.reshape(reference.shape) - reference)
print(f"largest difference {{error.max():.6g}}, in a range of {{np.ptp(reference):.6g}}")
'''
OTHER_MODEL = 'run("candidate.tflite", "candidate_inputs.npz")'
RECORDED = 'np.load(HERE / "candidate.npz")["output"]'


def files(reference: Reference, candidate: Candidate, found: Reduction) -> dict[str, bytes]:
    """The files of a folder that shows a disagreement, by name.

    `reference.tflite` is the part of the reference between tensors on which both sides agree and
    the first on which they do not; `inputs.npz` is what it is fed. The candidate's side is the same
    part of its `.tflite`, or else the values that it gave. Raises as `slicing.cut`.
    """
    values = reference.values[found.sample]
    fed = dict(zip(found.region.inputs, picked(values, found.region.inputs), strict=True))
    made = {
        "reference.tflite": cut(reference.model, found.region),
        "inputs.npz": archive({str(tensor): value for tensor, value in fed.items()}),
    }
    theirs = part_of(candidate, found.region, fed) or {"candidate.npz": recorded(reference, found)}
    script = SCRIPT.format(
        title=title(reference, found),
        resolver=RESOLVERS[reference.runtime.kernels],
        candidate=OTHER_MODEL if "candidate.tflite" in theirs else RECORDED,
    )
    return made | theirs | {"repro.py": script.encode()}


def part_of(candidate: Candidate, region: Region, fed: Values) -> dict[str, bytes]:
    """The same part of another `.tflite` and what it is fed; empty where there is no such part."""
    if not isinstance(candidate, TfliteCandidate):
        return {}
    graph, pairs = candidate.theirs, candidate.pairs
    starts = {pairs[tensor].tensor: tensor for tensor in region.inputs if tensor in pairs}
    try:
        end = pairs[region.outputs[0]].tensor
        part = region_of(graph, graph_of(graph), [end], starts)
    except (RunError, KeyError):  # it has no tensor there
        return {}
    inputs = {str(t): candidate.theirs_of(starts[t], fed[starts[t]]) for t in part.inputs}
    return {
        "candidate.tflite": cut(candidate.other, part),
        "candidate_inputs.npz": archive(inputs),
    }


def recorded(reference: Reference, found: Reduction) -> bytes:
    """What the candidate gave, in real numbers."""
    end = found.region.outputs[0]
    return archive({"output": real(reference.graph.tensors[end], found.values[end])})


def title(reference: Reference, found: Reduction) -> str:
    """What the script shows, in words that hold nothing of the file but numbers and codes."""
    operators = [reference.graph.operators[i] for i in found.operators]
    named = ", ".join(f"{o.index} ({re.sub(r'[^A-Za-z0-9_]', '_', o.name)})" for o in operators)
    many = "operators" if len(operators) > 1 else "operator"
    return f"Shows where two models differ: {many} {named} of the reference."


def archive(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An `.npz` in memory."""
    target = io.BytesIO()
    np.savez(target, **{key: storable(array) for key, array in arrays.items()})  # type: ignore[arg-type]
    return target.getvalue()

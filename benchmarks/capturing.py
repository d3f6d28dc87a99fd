"""All tensors of a run: ours against one load a tensor, and against `preserve_all_tensors`.

Ours runs the model twice, once untouched, to see that looking has changed nothing. The two run at
the same time; on one free processor that shows, and in CPU time always. What checks itself likewise
in the interpreter's own way is the third peer.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from ai_edge_litert.interpreter import Interpreter, OpResolverType

import inspector
from benchmarks.timing import Row, models, versus
from inspector.run.capture import capture
from inspector.run.edit import with_outputs
from inspector.run.isolation import isolated
from inspector.run.record import Plan, record
from inspector.run.samples import sample

PLAIN = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


def ours(path: Path) -> int:
    with inspector.open(path) as model:
        graph = model.subgraphs[0]
        inputs = sample([graph.tensors[i] for i in graph.inputs], 0)
        return len(capture(model, inputs).values)


def one_load_a_tensor(path: Path) -> None:
    """The old script: outputs rewritten, the model loaded and run, for each tensor again."""
    model = inspector.open(path)
    graph = model.subgraphs[0]
    inputs = sample([graph.tensors[i] for i in graph.inputs], 0)
    for tensor in range(len(graph.tensors)):
        content = with_outputs(model, 0, [tensor])
        interpreter = Interpreter(model_content=content, experimental_op_resolver_type=PLAIN)
        run(interpreter, inputs, [tensor])


def preserve_all(path: Path) -> None:
    """The interpreter's own way."""
    model = inspector.open(path)
    graph = model.subgraphs[0]
    inputs = sample([graph.tensors[i] for i in graph.inputs], 0)
    interpreter = Interpreter(
        model_path=str(path),
        experimental_op_resolver_type=PLAIN,
        experimental_preserve_all_tensors=True,
    )
    run(interpreter, inputs, [t for o in graph.operators for t in o.outputs])


def preserve_and_check(path: Path) -> None:
    """The interpreter's own way, and a run of the model as an application runs it, to compare."""
    preserve_all(path)
    model = inspector.open(path)
    graph = model.subgraphs[0]
    inputs = sample([graph.tensors[i] for i in graph.inputs], 0)
    interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=PLAIN)
    run(interpreter, inputs, list(graph.outputs))


def ours_apart(path: Path) -> None:
    """With the start of the interpreter's process, as a command has it."""
    with isolated():
        ours(path)


def samples(path: Path, count: int) -> None:
    """Several samples: one load, and a run each."""
    with inspector.open(path) as model:
        record(model, drawn(model, count), Plan(), lambda *_: None)


def loads(path: Path, count: int) -> None:
    """The same, loaded again for each."""
    with inspector.open(path) as model:
        for inputs in drawn(model, count):
            capture(model, inputs)


def drawn(model: inspector.Model, count: int) -> list:
    graph = model.subgraphs[0]
    return [sample([graph.tensors[i] for i in graph.inputs], 0, index) for index in range(count)]


def run(interpreter: Interpreter, inputs: list, tensors: list[int]) -> None:
    interpreter.allocate_tensors()
    for detail, array in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()
    for tensor in tensors:
        interpreter.get_tensor(tensor)


def rows() -> list[Row]:
    found = []
    for path in models("tflsupport-mobilenet_v1"):
        for peer, function, target, rounds in (
            ("a load a tensor", one_load_a_tensor, 30, 3),
            ("preserve_all_tensors", preserve_all, 1 / 1.5, 9),
            ("that, and the check", preserve_and_check, 1, 9),
        ):
            both = partial(ours, path), partial(function, path)
            times = versus(*both, rounds)
            found.append(Row("capture all tensors", path.name, peer, *times, target))
            times = versus(*both, rounds, time.process_time)
            found.append(Row("and its CPU time", path.name, peer, *times, 0))
        with isolated():
            times = versus(lambda p=path: ours(p), lambda p=path: preserve_all(p))
        found.append(Row("capture, apart", path.name, "preserve_all_tensors", *times, 1 / 1.5))
        times = versus(lambda p=path: ours_apart(p), lambda p=path: preserve_all(p), 5)
        found.append(Row("and its start", path.name, "preserve_all_tensors", *times, 0))
        times = versus(lambda p=path: samples(p, 20), lambda p=path: loads(p, 20), 5)
        found.append(Row("20 samples", path.name, "a load a sample", *times, 1))
    return found

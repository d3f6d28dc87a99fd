"""Variables that several subgraphs use: loops, branches and composites with a memory, signatures.

The interpreter keeps named variables for all subgraphs together (`core/subgraph.h`), and gives up
the variable tensors of a subgraph that an operator has run (`kernels/if.cc`, `while.cc`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from flatbuffers import flexbuffers

import inspector
from inspector.cli.main import run as tfli
from rebuild.translate.translator import translate
from tests.rebuild.networks import Graph, Network, Rebuilt, check, same
from tests.rebuild.test_state import VECTOR, draws, handle, started

TURNS = 3


def begun() -> tuple[Network, Graph]:
    """A network whose CALL_ONCE sets the variable `a`, and its primary subgraph: nothing else."""
    network, main, _ = started(a=[[1, 2, 3]])
    del main.operators[1:]
    return network, main


def named(graph: Graph, is_argument: bool) -> int:
    """A handle of the variable `a`: one that the subgraph is given, or one of its own."""
    return graph.input((), "resource") if is_argument else handle(graph, "a")


def accumulated(graph: Graph, variable: int, x: int) -> int:
    """y = x + a, and a = y."""
    read = graph.op("READ_VARIABLE", [variable], graph.tensor(VECTOR))
    y = graph.op("ADD", [x, read], graph.tensor(VECTOR))
    graph.op("ASSIGN_VARIABLE", [variable, y])
    return y


def remembered(graph: Graph, x: int) -> int:
    """Two units with a memory of four steps, in a variable tensor."""
    rng = np.random.default_rng(4)
    weights = [graph.constant(rng.normal(size=shape)) for shape in ((2, 3), (2, 4))]
    state = graph.tensor((1, 8), isVariable=True)
    return graph.op("SVDF", [x, *weights, -1, state], graph.tensor((1, 2)), rank=1)


def verified(network: Network, folder: Path, calls: Sequence[Sequence[object]]) -> None:
    """The script equals the interpreter call by call, and operator by operator."""
    path = network.write(folder / "m.tflite")
    check(path, folder, *calls)
    assert tfli(["rebuild", str(path), "-o", str(folder / "out")]) == 0


@pytest.mark.parametrize("is_argument", [False, True], ids=["by name", "as argument"])
@pytest.mark.parametrize("is_read", [False, True], ids=["unread", "read behind it"])
def test_a_branch_changes_a_variable(is_read: bool, is_argument: bool, tmp_path: Path) -> None:
    network, main = begun()
    given = [main.input((), "bool"), main.input(VECTOR)]
    given += [handle(main, "a")] if is_argument else []
    for number in range(2):
        graph = network.graph(f"branch_{number}")
        x, variable = graph.input(VECTOR), named(graph, is_argument)
        graph.outputs = [x if number else accumulated(graph, variable, x)]
    options = {"thenSubgraphIndex": 2, "elseSubgraphIndex": 3}
    main.outputs = [main.op("IF", given, main.tensor(VECTOR), **options)]
    if is_read:
        last = main.op("READ_VARIABLE", [handle(main, "a")], main.tensor(VECTOR))
        main.outputs = [*main.outputs, last]
    taken = (True, True, False, True)
    verified(network, tmp_path, [(t, *x) for t, x in zip(taken, draws(4), strict=True)])


def loop(network: Network, main: Graph, others: Sequence[int] = ()) -> tuple[Graph, int, int]:
    """A loop of three turns over a vector; its body to be finished, that's input, main's output."""
    given = [main.input((), "int32"), main.input(VECTOR), *others]
    condition, body = network.graph("condition"), network.graph("body")
    for graph in (condition, body):
        graph.input((), "int32"), graph.input(VECTOR)
        for _ in others:
            graph.input((), "resource")
    count = condition.constant(TURNS, "int32")
    condition.outputs = [
        condition.op("LESS", [condition.inputs[0], count], condition.tensor((), "bool"))
    ]
    after = body.op("ADD", [body.inputs[0], body.constant(1, "int32")], body.tensor((), "int32"))
    body.outputs = [after, body.inputs[1], *body.inputs[2:]]
    outputs = [main.tensor((), "int32"), main.tensor(VECTOR)]
    outputs += [main.tensor((), "resource") for _ in others]
    options = {"condSubgraphIndex": condition.index, "bodySubgraphIndex": body.index}
    main.op("WHILE", given, *outputs, **options)
    return body, body.inputs[1], outputs[1]


@pytest.mark.parametrize("is_argument", [False, True], ids=["by name", "as argument"])
def test_a_loop_changes_a_variable(is_argument: bool, tmp_path: Path) -> None:
    network, main = begun()
    body, x, y = loop(network, main, [handle(main, "a")] if is_argument else [])
    variable = body.inputs[2] if is_argument else handle(body, "a")
    body.outputs = [body.outputs[0], accumulated(body, variable, x), *body.outputs[2:]]
    last = main.op("READ_VARIABLE", [handle(main, "a")], main.tensor(VECTOR))
    main.outputs = [y, last]
    verified(network, tmp_path, [(np.int32(0), *given) for given in draws(3)])


def test_the_variable_tensors_of_a_branch_start_anew_each_time(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    given = [main.input((), "bool"), main.input(VECTOR)]
    for number in range(2):
        graph = network.graph(f"branch_{number}")
        graph.outputs = [remembered(graph, graph.input(VECTOR))]
    options = {"thenSubgraphIndex": 1, "elseSubgraphIndex": 2}
    main.outputs = [main.op("IF", given, main.tensor((1, 2)), **options)]
    taken = (True, True, False, True, True)
    verified(network, tmp_path, [(t, *x) for t, x in zip(taken, draws(5), strict=True)])


def test_the_variable_tensors_of_a_loop_live_from_turn_to_turn(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    body, x, y = loop(network, main)
    unit = remembered(body, x)
    total = body.op("SUM", [unit, body.constant([1], "int32")], body.tensor((1, 1)), keepDims=True)
    changed = body.op("ADD", [x, total], body.tensor(VECTOR))
    body.outputs = [body.outputs[0], changed]
    main.outputs = [y]
    verified(network, tmp_path, [(np.int32(0), *given) for given in draws(4)])


def composed(main: Graph, x: int, subgraph: int, shape: tuple[int, ...]) -> int:
    """An operator of `main` that runs another subgraph."""
    options: dict[str, object] = {"name": "test.other", "decompositionSubgraphIndex": subgraph}
    options["compositeAttributes"] = list(flexbuffers.Dumps({}))
    return main.op("STABLEHLO_COMPOSITE", [x], main.tensor(shape), **options)


def test_a_composite_changes_a_variable(tmp_path: Path) -> None:
    network, main = begun()
    x = main.input(VECTOR)
    graph = network.graph("decomposition")
    graph.outputs = [accumulated(graph, handle(graph, "a"), graph.input(VECTOR))]
    main.outputs = [composed(main, x, graph.index, VECTOR)]
    verified(network, tmp_path, draws(4))


def signatures(folder: Path, starts: bool = True) -> Path:
    """A model of two signatures: one adds to a variable, or sets it; one scales what it holds."""
    network, main = begun()
    x = main.input(VECTOR)
    other = network.graph("other")
    if starts:
        main.outputs = [accumulated(main, handle(main, "a"), x)]
        other.op("CALL_ONCE", [], initSubgraphIndex=1)
    else:
        main.operators.clear()
        main.outputs = [main.op("NEG", [x], main.tensor(VECTOR))]
        main.op("ASSIGN_VARIABLE", [handle(main, "a"), x])
        network.graphs[1].operators.clear()
    y = other.input(VECTOR)
    read = other.op("READ_VARIABLE", [handle(other, "a")], other.tensor(VECTOR))
    other.outputs = [other.op("MUL", [y, read], other.tensor(VECTOR))]
    network.signature("add", main), network.signature("scale", other)
    return network.write(folder / "m.tflite")


@pytest.mark.parametrize("starts", [True, False], ids=["by CALL_ONCE", "by a signature"])
def test_signatures_have_variables_in_common(starts: bool, tmp_path: Path) -> None:
    path = signatures(tmp_path, starts)
    rebuilt = Rebuilt(path, tmp_path)
    add = rebuilt.build()
    scale = rebuilt.module.build_scale(state=add.get_layer("state"))
    interpreter = Interpreter(str(path))
    runners = [interpreter.get_signature_runner(key) for key in ("add", "scale")]
    for turn, (x,) in enumerate(draws(12)):
        which = (0, 1, 0, 0, 1, 1)[turn % 6]
        (expected,) = runners[which](in0=x).values()
        same(np.asarray((add, scale)[which](x)), expected)
    rebuilt.module.reset_state(scale)
    start = np.float32([[1, 2, 3]]) if starts else np.zeros(VECTOR, "float32")
    np.testing.assert_array_equal(np.asarray(scale(np.ones(VECTOR, "float32"))), start)


def test_signatures_are_verified_one_by_one(tmp_path: Path) -> None:
    path = signatures(tmp_path)
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize("is_argument", [False, True], ids=["by name", "as argument"])
def test_a_condition_changes_a_variable(is_argument: bool, tmp_path: Path) -> None:
    """Also when it ends the loop: it has run once more than the body."""
    network, main = begun()
    body, _, y = loop(network, main, [handle(main, "a")] if is_argument else [])
    condition = network.graphs[2]
    asked = condition.inputs[2] if is_argument else handle(condition, "a")
    accumulated(condition, asked, condition.inputs[1])
    variable = body.inputs[2] if is_argument else handle(body, "a")
    read = body.op("READ_VARIABLE", [variable], body.tensor(VECTOR))
    body.outputs = [body.outputs[0], read, *body.outputs[2:]]
    last = main.op("READ_VARIABLE", [handle(main, "a")], main.tensor(VECTOR))
    main.outputs = [y, last]
    calls = [(np.int32(start), *x) for start, x in zip((0, 2, 5), draws(3), strict=True)]
    verified(network, tmp_path, calls)


def test_the_variable_tensors_of_a_condition_live_from_turn_to_turn(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    body, x, y = loop(network, main)
    condition = network.graphs[1]
    unit = remembered(condition, condition.inputs[1])
    axes, limit = condition.constant([0, 1], "int32"), condition.constant(0.0)
    total = condition.op("SUM", [unit, axes], condition.tensor(()))
    condition.outputs = [condition.op("LESS", [total, limit], condition.tensor((), "bool"))]
    less = body.op("SUB", [x, body.constant([[0.5, 0.5, 0.5]])], body.tensor(VECTOR))
    body.outputs = [body.outputs[0], less]
    main.outputs = [y]
    verified(network, tmp_path, [(np.int32(0), *given) for given in draws(6)])


def test_a_subgraph_is_a_signature_and_called_by_another(tmp_path: Path) -> None:
    """Both put what they compute into the same variable."""
    network, main = begun()
    other = network.graph("other")
    other.op("CALL_ONCE", [], initSubgraphIndex=1)
    y = other.input(VECTOR)
    kernel = other.constant(np.eye(3)[::-1] / 2)
    turned = other.op("FULLY_CONNECTED", [y, kernel, -1], other.tensor(VECTOR))
    other.outputs = [accumulated(other, handle(other, "a"), turned)]
    given = composed(main, main.input(VECTOR), other.index, VECTOR)
    main.outputs = [main.op("NEG", [given], main.tensor(VECTOR))]
    network.signature("outer", main), network.signature("inner", other)
    path = network.write(tmp_path / "m.tflite")
    rebuilt = Rebuilt(path, tmp_path)
    outer = rebuilt.build()
    inner = rebuilt.module.build_inner(state=outer.get_layer("state"))
    rebuilt.module.load_weights(inner, tmp_path / "weights.npz")
    interpreter = Interpreter(str(path))
    runners = [interpreter.get_signature_runner(key) for key in ("outer", "inner")]
    for turn, (x,) in enumerate(draws(12)):
        which = (0, 1, 1, 0, 0, 1)[turn % 6]
        (expected,) = runners[which](in0=x).values()
        same(np.asarray((outer, inner)[which](x)), expected)
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


def test_variable_tensors_of_what_is_called_and_a_signature_are_refused(tmp_path: Path) -> None:
    """They are the signature's: what an operator finds in them depends on who ran before."""
    network = Network()
    main, other = network.graph("main"), network.graph("other")
    other.outputs = [remembered(other, other.input(VECTOR))]
    main.outputs = [composed(main, main.input(VECTOR), other.index, (1, 2))]
    network.signature("outer", main), network.signature("inner", other)
    path = network.write(tmp_path / "m.tflite")
    interpreter = Interpreter(str(path))
    outer, inner = (interpreter.get_signature_runner(key) for key in ("outer", "inner"))
    (x,) = draws(1)[0]
    (fresh,) = outer(in0=x).values()
    inner(in0=x)
    (after,) = outer(in0=x).values()
    assert not np.array_equal(fresh, after)
    program = translate(inspector.open(path))
    assert "the signature's last call" in program.all_unsupported[0].reason


def test_a_model_that_takes_nothing_but_keeps_something(tmp_path: Path) -> None:
    network, main = begun()
    main.outputs = [accumulated(main, handle(main, "a"), main.constant([[1, 1, 1]]))]
    verified(network, tmp_path, [()] * 4)

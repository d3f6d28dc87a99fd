"""IF, WHILE, CALL and composites: models of their subgraphs, run as the interpreter runs them."""

from __future__ import annotations

import ast
import contextlib
import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from flatbuffers import flexbuffers

import inspector
from inspector.cli.main import run as tfli
from inspector.errors import RunError
from inspector.weights.export import arrays as exported
from inspector.weights.slots import Skipped
from rebuild.emit import emit
from rebuild.translate.translator import translate
from tests.rebuild.networks import Graph, Network, check

VECTOR = (1, 3)
X = np.array([[1, -2, 3]], "float32")
YES, NO = np.array(True), np.array(False)


def scaled(network: Network, name: str, by: float) -> Graph:
    """A subgraph that multiplies its input with a number."""
    graph = network.graph(name)
    x = graph.input(VECTOR)
    graph.outputs = [graph.op("MUL", [x, graph.constant([by] * 3)], graph.tensor(VECTOR))]
    return graph


def dense(network: Network, name: str, kernel: np.ndarray) -> Graph:
    """A subgraph that is a dense layer without bias."""
    graph = network.graph(name)
    x = graph.input(VECTOR)
    w = graph.constant(kernel)
    graph.outputs = [graph.op("FULLY_CONNECTED", [x, w, -1], graph.tensor(VECTOR))]
    return graph


def chosen(condition_shape: tuple[int, ...] = ()) -> tuple[Network, Graph, int, int]:
    """A network that begins with a condition and a vector."""
    network = Network()
    main = network.graph("main")
    return network, main, main.input(condition_shape, "bool"), main.input(VECTOR)


def branch(main: Graph, inputs: list[int], outputs: list[int]) -> int:
    return main.op("IF", inputs, *outputs, thenSubgraphIndex=1, elseSubgraphIndex=2)


@pytest.mark.parametrize("shape", [(), (1,)], ids=str)
def test_if_takes_one_branch(shape: tuple[int, ...], tmp_path: Path) -> None:
    network, main, condition, x = chosen(shape)
    main.outputs = [branch(main, [condition, x], [main.tensor(VECTOR)])]
    scaled(network, "then", 2), dense(network, "otherwise", np.eye(3) * 5)
    path = network.write(tmp_path / "m.tflite")
    script = check(path, tmp_path, (YES.reshape(shape), X), (NO.reshape(shape), X)).source
    assert "Branch(build_then_1(), build_otherwise_2()" in script


def test_branches_may_pass_their_inputs_on(tmp_path: Path) -> None:
    network, main, condition, x = chosen()
    y = main.input(VECTOR)
    main.outputs = [main.tensor(VECTOR) for _ in range(2)]
    branch(main, [condition, x, y], [*main.outputs])
    for name, outputs in (("then", [0, 0]), ("otherwise", [1, 0])):
        graph = network.graph(name)
        graph.input(VECTOR), graph.input(VECTOR)
        graph.outputs = outputs
    check(network.write(tmp_path / "m.tflite"), tmp_path, (YES, X, -X), (NO, X, -X))


def test_branches_without_inputs(tmp_path: Path) -> None:
    network, main, condition, x = chosen()
    found = branch(main, [condition], [main.tensor(VECTOR)])
    main.outputs = [main.op("ADD", [x, found], main.tensor(VECTOR))]
    for name, value in (("then", [[1, 2, 3]]), ("otherwise", [[10, 20, 30]])):
        graph = network.graph(name)
        graph.outputs = [graph.constant(value)]
    check(network.write(tmp_path / "m.tflite"), tmp_path, (YES, X), (NO, X))


def test_branches_of_different_shapes(tmp_path: Path) -> None:
    network, main, condition, x = chosen()
    main.outputs = [branch(main, [condition, x], [main.tensor((-1, 3))])]
    then, otherwise = network.graph("then"), network.graph("otherwise")
    then.outputs = [then.input(VECTOR)]
    y = otherwise.input(VECTOR)
    otherwise.outputs = [otherwise.op("CONCATENATION", [y, y], otherwise.tensor((2, 3)), axis=0)]
    check(network.write(tmp_path / "m.tflite"), tmp_path, (YES, X), (NO, X))


def counting(network: Network, limit: int, *shapes: tuple[int, ...]) -> tuple[Graph, Graph]:
    """The subgraphs of a loop whose first value counts to a limit; the others have `shapes`."""
    condition, body = network.graph("cond"), network.graph("body")
    for graph in (condition, body):
        graph.input((), "int32")
        for shape in shapes:
            graph.input(shape)
    ends = condition.constant(limit, "int32")
    condition.outputs = [condition.op("LESS", [0, ends], condition.tensor((), "bool"))]
    one = body.constant(1, "int32")
    body.outputs = [body.op("ADD", [0, one], body.tensor((), "int32"))]
    return condition, body


def looped(main: Graph, inputs: list[int], shapes: list[tuple[int, ...]]) -> list[int]:
    outputs = [main.tensor((), "int32"), *(main.tensor(shape) for shape in shapes)]
    main.op("WHILE", inputs, *outputs, condSubgraphIndex=1, bodySubgraphIndex=2)
    return outputs


def test_while_repeats_a_body_with_weights(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    start, x = main.input((), "int32"), main.input(VECTOR)
    main.outputs = looped(main, [start, x], [VECTOR])
    _, body = counting(network, 4, VECTOR)
    values = np.array([[0, 1, 0], [0, 0, 1], [0.5, 0, 0]])
    weight = body.constant(values)
    body.outputs += [body.op("FULLY_CONNECTED", [1, weight, -1], body.tensor(VECTOR))]
    path = network.write(tmp_path / "m.tflite")
    rebuilt = check(path, tmp_path, *((np.array(n, "int32"), X) for n in (0, 3, 4, 9)))
    built = rebuilt.build()
    assert len(built.trainable_weights) == 1
    opened = [found for found in exported(inspector.open(path)) if not isinstance(found, Skipped)]
    kernel = next(entry.key for entry, _ in opened if entry.key.endswith("kernel"))
    assert kernel.startswith("body_2/")
    np.testing.assert_array_equal(np.load(tmp_path / "weights.npz")[kernel], values.T)


def test_the_operator_in_a_loop_that_differs_is_named(tmp_path: Path, capsys) -> None:
    """The model of the body is checked by itself, on what the interpreter fed the body."""
    network = Network()
    main = network.graph("main")
    start, x = main.input((), "int32"), main.input(VECTOR)
    main.outputs = looped(main, [start, x], [VECTOR])
    _, body = counting(network, 4, VECTOR)
    kernel = body.constant(np.eye(3) + 1)
    body.outputs += [body.op("FULLY_CONNECTED", [1, kernel, -1], body.tensor(VECTOR))]
    path, folder = network.write(tmp_path / "m.tflite"), tmp_path / "rebuilt"
    assert tfli(["rebuild", str(path), "-o", str(folder)]) == 0
    arrays = dict(np.load(folder / "weights.npz"))
    (key,) = arrays
    np.savez(folder / "weights.npz", **{key: arrays[key] * 1.5})
    capsys.readouterr()
    assert tfli(["compare", str(path), str(folder), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["ops"]
    wrong = {(op["subgraph"], op["op"]): op["verdict"] for op in found if op["verdict"] != "OK"}
    assert wrong == {(0, "WHILE"): "CARRIER", (2, "FULLY_CONNECTED"): "SOURCE"}


def test_while_begins_with_constants(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    x = main.input(VECTOR)
    first = [main.constant(0, "int32"), main.constant([[1, 1, 1]])]
    _, found = looped(main, first, [VECTOR])
    main.outputs = [main.op("ADD", [x, found], main.tensor(VECTOR))]
    _, body = counting(network, 3, VECTOR)
    body.outputs += [body.op("ADD", [1, 1], body.tensor(VECTOR))]
    check(network.write(tmp_path / "m.tflite"), tmp_path, (X,), (-X,))


def test_while_over_values_that_grow(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    start, x = main.input((), "int32"), main.input(VECTOR)
    main.outputs = looped(main, [start, x], [(-1, 3)])
    _, body = counting(network, 3, (-1, 3))
    row = body.constant([[1, 2, 3]])
    body.outputs += [body.op("CONCATENATION", [1, row], body.tensor((-1, 3)), axis=0)]
    path = network.write(tmp_path / "m.tflite")
    rebuilt = check(path, tmp_path, *((np.array(n, "int32"), X) for n in (0, 2)))
    assert "VaryingLoop(" in rebuilt.source


def test_while_overwrites_an_input_before_it_is_passed_on(tmp_path: Path) -> None:
    """Two values that a body swaps: the kernel stores the first over what the second is read from.

    A graph means another thing; what the interpreter computes is the truth.
    """
    network = Network()
    main = network.graph("main")
    inputs = [main.input((), "int32"), main.input(VECTOR), main.input(VECTOR)]
    main.outputs = looped(main, inputs, [VECTOR, VECTOR])
    _, body = counting(network, 3, VECTOR, VECTOR)
    body.outputs += [2, 1]
    check(network.write(tmp_path / "m.tflite"), tmp_path, (np.array(0, "int32"), X, X * 10))


def test_while_that_looks_at_what_is_overwritten_is_refused(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    a, b = main.input((), "int32"), main.input((), "int32")
    outputs = [main.tensor((), "int32"), main.tensor((), "int32")]
    main.op("WHILE", [a, b], *outputs, condSubgraphIndex=1, bodySubgraphIndex=2)
    main.outputs = outputs
    condition, body = network.graph("cond"), network.graph("body")
    for graph in (condition, body):
        graph.input((), "int32"), graph.input((), "int32")
    condition.outputs = [condition.op("LESS", [0, 1], condition.tensor((), "bool"))]
    body.outputs = [1, 0]
    program = translate(inspector.open(network.write(tmp_path / "m.tflite")))
    assert "overwrites them" in program.all_unsupported[0].reason


def test_composites_are_their_decomposition(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    x = main.input(VECTOR)
    main.outputs = [composed(main, x), composed(main, x)]
    dense(network, "our own", np.arange(9).reshape(3, 3) / 9)
    rebuilt = check(network.write(tmp_path / "m.tflite"), tmp_path, (X,))
    assert rebuilt.source.count("build_our_own_1()") == 2  # its definition, and one call
    assert len(rebuilt.build().weights) == 1


def composed(main: Graph, x: int) -> int:
    attributes = flexbuffers.Dumps({"axis": 1})
    options = {"name": "our.own", "decompositionSubgraphIndex": 1}
    options |= {"compositeAttributes": list(attributes)}
    return main.op("STABLEHLO_COMPOSITE", [x], main.tensor(VECTOR), **options)


def test_a_composite_of_itself_is_made_twice_with_the_same_arrays(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    main.outputs = [composed(main, composed(main, main.input(VECTOR)))]
    dense(network, "our own", np.arange(9).reshape(3, 3) / 9)
    path = network.write(tmp_path / "m.tflite")
    rebuilt = check(path, tmp_path, (X,))
    assert 'build_our_own_1(name="our_own_1_1")' in rebuilt.source
    assert len(np.load(tmp_path / "weights.npz").files) == 1
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


def refused(network: Network, path: Path) -> str:
    return translate(inspector.open(network.write(path))).all_unsupported[0].reason


def test_what_the_kernels_refuse_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    network, main, condition, x = chosen((2,))
    main.outputs = [branch(main, [condition, x], [main.tensor(VECTOR)])]
    scaled(network, "then", 2), scaled(network, "otherwise", 3)
    assert "one bool is wanted" in refused(network, path)

    network, main, condition, x = chosen()
    main.outputs = [branch(main, [condition, x, x], [main.tensor(VECTOR)])]
    scaled(network, "then", 2), scaled(network, "otherwise", 3)
    assert "subgraph 1 takes 1 inputs, and is given 2" in refused(network, path)

    network = Network()
    main = network.graph("main")
    x = main.input(VECTOR)
    main.outputs = [main.op("CALL", [x], main.tensor(VECTOR), subgraph=1)]
    found = network.graph("itself")
    y = found.input(VECTOR)
    found.outputs = [found.op("CALL", [y], found.tensor(VECTOR), subgraph=1)]
    assert refused(network, path) == "subgraph 1 calls itself"


def nested(folder: Path) -> Path:
    """A loop around a branch and a composite, with weights."""
    network = Network()
    main = network.graph("main")
    start, x = main.input((), "int32"), main.input(VECTOR)
    main.outputs = looped(main, [start, x], [VECTOR])
    _, body = counting(network, 4, VECTOR)
    asked = body.op("EQUAL", [0, body.constant(2, "int32")], body.tensor((), "bool"))
    options = {"thenSubgraphIndex": 3, "elseSubgraphIndex": 4}
    body.outputs += [body.op("IF", [asked, 1], body.tensor(VECTOR), **options)]
    dense(network, "then", np.eye(3)[::-1])
    scaled(network, "otherwise", 0.5)
    return network.write(folder / "m.tflite")


def test_a_branch_in_a_loop(tmp_path: Path) -> None:
    check(nested(tmp_path), tmp_path, *((np.array(n, "int32"), X) for n in range(5)))


@pytest.mark.parametrize("allowed", [False, True], ids=["whole", "in part"])
def test_damaged_subgraphs_are_refused_in_words(
    allowed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls, counts and types that lie: what is written is Python, and nothing else is raised."""

    def observe(*_: object) -> None:
        raise RunError("the interpreter may crash on it")

    monkeypatch.setattr("inspector.run.observe.observe", observe)
    whole, random = nested(tmp_path).read_bytes(), Random(3)
    for _ in range(150):
        data = bytearray(whole)
        at = random.randrange(len(data) - 4)
        data[at : at + 4] = random.choice((0, 1, 2, 4, 2**31 - 1, 2**32 - 1)).to_bytes(4, "little")
        path = tmp_path / "damaged.tflite"
        path.write_bytes(data)
        with contextlib.suppress(inspector.InspectorError), inspector.open(path) as model:
            program = translate(model, allow_unsupported=allowed)
            if allowed or not program.all_unsupported:
                ast.parse(emit(program).source)

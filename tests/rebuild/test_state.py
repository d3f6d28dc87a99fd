"""What a model keeps from call to call: variables, as the interpreter keeps them, and tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.cli.main import run as tfli
from rebuild.execute import import_keras
from rebuild.translate.translator import translate
from tests.rebuild.networks import (
    Graph,
    Network,
    Rebuilt,
    answer,
    check,
    interpreters,
    invoke,
    same,
)
from tests.shared_models import ABSENT, FOLDER

VECTOR = (1, 3)
STREAMING = (
    "networks/mww-alexa.tflite",
    "networks/mww-hey_jarvis.tflite",
    "networks/mww-vad.tflite",
    "networks/litert-resource_vars_calibrated.bin",
    "small/litert-call_once_mul.bin",
)
STEPS = 20


def handle(graph: Graph, name: str) -> int:
    """A tensor that names a variable."""
    return graph.op("VAR_HANDLE", [], graph.tensor((), "resource"), sharedName=name)


def started(**values: object) -> tuple[Network, Graph, dict[str, int]]:
    """A network whose CALL_ONCE sets variables to values; the handles in its primary subgraph."""
    network = Network()
    main, init = network.graph("main"), network.graph("init")
    main.op("CALL_ONCE", [], initSubgraphIndex=1)
    for name, value in values.items():
        init.op("ASSIGN_VARIABLE", [handle(init, name), init.constant(value)])
    return network, main, {name: handle(main, name) for name in values}


def accumulator(*first: float) -> tuple[Network, Graph]:
    """y = x + total, and total = y."""
    network, main, handles = started(total=[[*first]])
    x = main.input(VECTOR)
    total = main.op("READ_VARIABLE", [handles["total"]], main.tensor(VECTOR))
    y = main.op("ADD", [x, total], main.tensor(VECTOR))
    main.op("ASSIGN_VARIABLE", [handles["total"], y])
    main.outputs = [y]
    return network, main


def draws(count: int = STEPS) -> list[tuple[np.ndarray]]:
    rng = np.random.default_rng(1)
    return [(rng.normal(size=VECTOR).astype("float32"),) for _ in range(count)]


@pytest.mark.parametrize("first", [(0, 0, 0), (1, 2, 3)], ids=str)
def test_a_variable_is_kept_from_call_to_call(first: tuple[int, ...], tmp_path: Path) -> None:
    network, _ = accumulator(*first)
    check(network.write(tmp_path / "m.tflite"), tmp_path, *draws())


def test_reset_state_begins_anew_and_survives_saving(tmp_path: Path) -> None:
    network, _ = accumulator(1, 2, 3)
    rebuilt = Rebuilt(network.write(tmp_path / "m.tflite"), tmp_path)
    built, given = rebuilt.build(), draws(1)[0]
    first = answer(built, given)[0]
    second = answer(built, given)[0]
    built.save(tmp_path / "m.keras")
    again = import_keras().models.load_model(tmp_path / "m.keras")
    assert not np.array_equal(first, second)
    for each in (built, again):
        rebuilt.module.reset_state(each)
        np.testing.assert_array_equal(answer(each, given)[0], first)


def test_without_keep_state_each_call_begins_anew(tmp_path: Path) -> None:
    network, _ = accumulator(1, 2, 3)
    rebuilt = Rebuilt(network.write(tmp_path / "m.tflite"), tmp_path)
    built, given = rebuilt.module.build_model(), draws(1)[0]
    rebuilt.module.load_weights(built, tmp_path / "weights.npz")
    first = answer(built, given)[0]
    np.testing.assert_array_equal(first, given[0] + np.float32([[1, 2, 3]]))
    np.testing.assert_array_equal(answer(built, given)[0], first)
    rebuilt.module.keep_state(built)
    np.testing.assert_array_equal(answer(built, given)[0], first)
    np.testing.assert_allclose(answer(built, given)[0], first + given[0], rtol=1e-6)


def test_what_is_read_after_an_assignment_was_assigned(tmp_path: Path) -> None:
    network, main, handles = started(a=[[1, 2, 3]], b=[[4, 5, 6]])
    x = main.input(VECTOR)
    before = main.op("READ_VARIABLE", [handles["a"]], main.tensor(VECTOR))
    main.op("ASSIGN_VARIABLE", [handles["a"], x])
    after = main.op("READ_VARIABLE", [handles["a"]], main.tensor(VECTOR))
    main.op("ASSIGN_VARIABLE", [handles["b"], before])  # never read: of no consequence
    main.outputs = [main.op("SUB", [after, before], main.tensor(VECTOR)), after, before]
    check(network.write(tmp_path / "m.tflite"), tmp_path, *draws(3))


def test_variables_that_change_places(tmp_path: Path) -> None:
    network, main, handles = started(a=[[1, 2, 3]], b=[[4, 5, 6]])
    x = main.input(VECTOR)
    a, b = (main.op("READ_VARIABLE", [handles[name]], main.tensor(VECTOR)) for name in ("a", "b"))
    main.op("ASSIGN_VARIABLE", [handles["a"], b])
    main.op("ASSIGN_VARIABLE", [handles["b"], a])
    main.outputs = [
        main.op("ADD", [x, a], main.tensor(VECTOR)),
        main.op("ABS", [x], main.tensor(VECTOR)),
    ]
    path = network.write(tmp_path / "m.tflite")
    check(path, tmp_path, *draws(4))
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


def test_a_constant_is_assigned(tmp_path: Path) -> None:
    network, main, handles = started(a=[[0, 0, 0]])
    x = main.input(VECTOR)
    a = main.op("READ_VARIABLE", [handles["a"]], main.tensor(VECTOR))
    main.op("ASSIGN_VARIABLE", [handles["a"], main.constant([[7, 8, 9]])])
    main.outputs = [main.op("ADD", [x, a], main.tensor(VECTOR))]
    check(network.write(tmp_path / "m.tflite"), tmp_path, *draws(3))


def test_a_state_that_is_an_output(tmp_path: Path) -> None:
    """Two units with a memory of four steps; the output shows what a call leaves in it."""
    rng = np.random.default_rng(4)
    network = Network()
    main = network.graph("main")
    x, state = main.input(VECTOR), main.tensor((1, 8), isVariable=True)
    weights = [main.constant(rng.normal(size=shape)) for shape in ((2, 3), (2, 4))]
    y = main.op("SVDF", [x, *weights, -1, state], main.tensor((1, 2)), rank=1)
    main.outputs = [y, state]
    path = network.write(tmp_path / "m.tflite")
    check(path, tmp_path, *draws(6))
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


def test_the_verification_covers_what_is_written(tmp_path: Path, capsys) -> None:
    network, _ = accumulator(1, 2, 3)
    path = network.write(tmp_path / "m.tflite")
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["verify"]["ops"]
    verdicts = {each["op"]: each["verdict"] for each in found}
    assert verdicts["ASSIGN_VARIABLE"] == "OK"
    assert "UNKNOWN" not in verdicts.values()
    script = tmp_path / "out" / "model.py"
    source = script.read_text()
    line = next(line for line in source.splitlines() if line.endswith("])") and "state(" in line)
    script.write_text(source.replace(line, line.replace("])", " * 2])")))
    assert tfli(["compare", str(path), str(tmp_path / "out"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["ops"]
    assert [each["op"] for each in found if each["verdict"] == "SOURCE"] == ["ASSIGN_VARIABLE"]


def test_a_variable_that_nobody_starts_is_refused(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    x = main.input(VECTOR)
    read = main.op("READ_VARIABLE", [handle(main, "a")], main.tensor(VECTOR))
    main.outputs = [main.op("ADD", [x, read], main.tensor(VECTOR))]
    program = translate(inspector.open(network.write(tmp_path / "m.tflite")))
    assert "read before anything is assigned" in program.all_unsupported[0].reason


TEXT, NUMBER = schema.TensorType.STRING, schema.TensorType.INT64


def table(keys: tuple[object, str], values: tuple[object, str]) -> tuple[Network, Graph, int]:
    """A network whose CALL_ONCE fills a table; the handle of it in the primary subgraph."""
    network = Network()
    main, init = network.graph("main"), network.graph("init")
    main.op("CALL_ONCE", [], initSubgraphIndex=1)
    kinds = {"keyDtype": TEXT, "valueDtype": NUMBER}
    if keys[1] == "int64":
        kinds = {"keyDtype": NUMBER, "valueDtype": TEXT}
    found = [
        graph.op("HASHTABLE", [], graph.tensor((1,), "resource"), tableId=3, **kinds)
        for graph in (main, init)
    ]
    inputs = [found[1], init.constant(*keys), init.constant(*values)]
    init.op("HASHTABLE_IMPORT", inputs)
    return network, main, found[0]


def test_text_is_looked_up(tmp_path: Path) -> None:
    words = [b"one", b"two", b"one"]
    network, main, found = table((words, "object"), ([1, 2, 3], "int64"))
    x = main.input((4,), "object")
    default = main.constant([-1], "int64")
    y = main.op("HASHTABLE_FIND", [found, x, default], main.tensor((4,), "int64"))
    size = main.op("HASHTABLE_SIZE", [found], main.tensor((1,), "int64"))
    main.outputs = [y, size]
    given = np.array([b"two", b"one", b"", b"three"], object)
    check(network.write(tmp_path / "m.tflite"), tmp_path, (given,))


def test_a_default_that_is_computed(tmp_path: Path) -> None:
    network, main, found = table(([b"a"], "object"), ([1], "int64"))
    x, default = main.input((2,), "object"), main.input((1,), "int64")
    main.outputs = [main.op("HASHTABLE_FIND", [found, x, default], main.tensor((2,), "int64"))]
    given = (np.array([b"a", b"b"], object), np.array([9], "int64"))
    check(network.write(tmp_path / "m.tflite"), tmp_path, given)


def test_numbers_are_looked_up(tmp_path: Path) -> None:
    network, main, found = table(([7, 1 << 40], "int64"), ([b"seven", b"many"], "object"))
    x = main.input((2, 2), "int64")
    default = main.constant([b"none"], "object")
    main.outputs = [main.op("HASHTABLE_FIND", [found, x, default], main.tensor((2, 2), "object"))]
    given = np.array([[7, 8], [1 << 40, -1]], "int64")
    check(network.write(tmp_path / "m.tflite"), tmp_path, (given,))


def streaming() -> list[object]:
    found = [pytest.param(FOLDER / name, id=Path(name).name) for name in STREAMING]
    return [each for each in found if each.values[0].exists()] or [ABSENT]


@pytest.mark.parametrize("path", streaming())
def test_streaming_models_stay_equal_for_twenty_steps(path: Path, tmp_path: Path) -> None:
    """Float ones; quantised ones in the exact reading, as far as rounding allows."""
    rng = np.random.default_rng(2)
    interpreter = interpreters(path)[0]
    quantised = interpreter.get_input_details()[0]["dtype"] != np.float32
    rebuilt = Rebuilt(path, tmp_path, "exact" if quantised else "float")
    built = rebuilt.build()
    for _ in range(STEPS):
        given = [draw(detail, rng) for detail in interpreter.get_input_details()]
        expected = invoke(interpreter, given)
        for found, value in zip(answer(built, given), expected, strict=True):
            if quantised:
                assert np.abs(found.astype(int) - value.astype(int)).max() <= one_step(path)
            else:
                same(found, value)


def one_step(path: Path) -> float:
    """What one step of the last sigmoid's input makes of its output, in steps of 1/256 of that."""
    graph = inspector.open(path).subgraphs[0]
    last = [operator for operator in graph.operators if operator.name == "LOGISTIC"][-1]
    quantization = graph.tensors[last.inputs[0]].quantization
    assert quantization is not None
    return 1 + 256 * quantization.scale[0] / 4  # it is nowhere steeper than 1/4


def draw(detail: dict, rng: np.random.Generator) -> np.ndarray:
    if detail["dtype"] == np.float32:
        return rng.uniform(-1, 1, detail["shape"]).astype("float32")
    info = np.iinfo(detail["dtype"])
    return rng.integers(info.min, info.max, detail["shape"], detail["dtype"], endpoint=True)

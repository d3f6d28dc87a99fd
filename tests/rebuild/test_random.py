"""Random operators draw on from call to call, as the interpreter does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from inspector.cli.main import run as tfli
from tests.one_operator import Case, draw, write
from tests.rebuild.cases.random import CASES, LOGITS
from tests.rebuild.networks import Network
from tests.rebuild.stepping import built, compiled, invoked, opened, outputs_of

SEEDED = ("RANDOM_UNIFORM True {'seed': 1234, 'seed2': -7}", "multinomial int64 9")


@pytest.mark.parametrize("name", SEEDED)
def test_calls_give_what_the_interpreter_gives_one_after_the_other(
    name: str, tmp_path: Path
) -> None:
    path, inputs = write(CASES[name], tmp_path / "m.tflite"), draw(CASES[name], 1)
    (_, model), interpreter = built(path, tmp_path), opened(path)
    run = compiled(model)
    for _ in range(4):
        found, expected = outputs_of(run(inputs)), invoked(interpreter, inputs)
        np.testing.assert_array_equal(found[0], expected[0])


def test_without_seeds_the_numbers_are_new_and_of_the_same_distribution(tmp_path: Path) -> None:
    case = Case("MULTINOMIAL", [LOGITS, np.int32(4000)], {}, output_dtype="int64")
    path, inputs = write(case, tmp_path / "m.tflite"), draw(case, 1)[0]
    _, model = built(path, tmp_path)
    first, second = (outputs_of(model(inputs))[0] for _ in range(2))
    assert not np.array_equal(first, second)
    odds = np.exp(inputs) / np.exp(inputs).sum(axis=1, keepdims=True)
    for row, chances in zip(first, odds, strict=True):
        shares = np.bincount(row, minlength=5) / row.size
        deviation = np.sqrt(chances * (1 - chances) / row.size)
        assert np.all(np.abs(shares - chances) < 6 * deviation)


def drawing(folder: Path, addend: float, **seeds: int) -> Path:
    """y = |x + r + addend| and z = -x, r being random."""
    network = Network()
    main = network.graph("main")
    x, shape = main.input((2, 3)), main.constant([2, 3], "int32")
    r = main.op("RANDOM_UNIFORM", [shape], main.tensor((2, 3)), **seeds)
    s = main.op("ADD", [x, r], main.tensor((2, 3)))
    t = main.op("ADD", [s, main.constant([addend] * 3)], main.tensor((2, 3)))
    main.outputs = [main.op(kind, [v], main.tensor((2, 3))) for kind, v in (("ABS", t), ("NEG", x))]
    return network.write(folder / f"{addend}.tflite")


def told(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, str], dict[str, object]]:
    """The verdicts by operator, and the whole report."""
    report = json.loads(capsys.readouterr().out)
    report = report.get("verify", report)
    return {f"{each['index']} {each['op']}": each["verdict"] for each in report["ops"]}, report


def test_with_a_seed_the_numbers_are_compared(tmp_path: Path, capsys) -> None:
    path = drawing(tmp_path, 1, seed=3)
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out"), "--json"]) == 0
    assert told(capsys)[0]["0 RANDOM_UNIFORM"] == "OK"


def test_without_a_seed_two_draws_are_not_compared(tmp_path: Path, capsys) -> None:
    """What hangs on them is compared by itself."""
    path = drawing(tmp_path, 1)
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out"), "--json"]) == 2
    verdicts, report = told(capsys)
    assert verdicts.pop("0 RANDOM_UNIFORM") == "UNKNOWN"
    assert set(verdicts.values()) == {"OK"}
    assert report["verdict"] == "incomparable"
    assert "no seed" in report["ops"][0]["reason"]
    assert [output["sqnr_db"] for output in report["outputs"]] == [None, "inf"]


def test_a_fault_behind_random_numbers_is_found(tmp_path: Path, capsys) -> None:
    paths = [str(drawing(tmp_path, addend)) for addend in (1, 2)]
    assert tfli(["compare", *paths, "--json"]) == 1
    verdicts, _ = told(capsys)
    assert [name for name, found in verdicts.items() if found == "SOURCE"] == ["2 ADD"]
    assert verdicts["0 RANDOM_UNIFORM"] == "UNKNOWN"


def test_what_draws_in_a_subgraph_is_not_compared(tmp_path: Path, capsys) -> None:
    network = Network()
    main = network.graph("main")
    condition, x = main.input((), "bool"), main.input((2,))
    inputs, chosen = [condition, x], {"thenSubgraphIndex": 1, "elseSubgraphIndex": 2}
    main.outputs = [main.op("IF", inputs, main.tensor((2,)), **chosen)]
    for name in ("then", "otherwise"):
        graph = network.graph(name)
        y, shape = graph.input((2,)), graph.constant([2], "int32")
        r = graph.op("RANDOM_STANDARD_NORMAL", [shape], graph.tensor((2,)))
        graph.outputs = [graph.op("ADD", [y, r], graph.tensor((2,)))]
    path = str(network.write(tmp_path / "m.tflite"))
    assert tfli(["compare", path, path, "--json"]) == 2
    assert told(capsys)[0]["0 IF"] == "UNKNOWN"

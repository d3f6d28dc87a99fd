"""The integer reading: what LiteRT's reference kernels compute, bit for bit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import inspector
from inspector.cli.main import run as tfli
from inspector.run.resolving import resolving
from inspector.run.runtime import Kernels
from rebuild.execute import import_keras, load
from rebuild.folder import write as write_folder
from rebuild.translate.integer_kernels import FORMS
from rebuild.translate.integer_reading import Integer
from rebuild.translate.program import Program
from rebuild.translate.translator import translate
from tests.one_operator import run
from tests.quantized_operator import draw, write
from tests.rebuild.cases.quantized import INTEGER_HELPERS, QUANTIZED
from tests.rebuild.networks import Graph, Network, answer
from tests.shared_models import ABSENT, FOLDER, rows
from tests.written import made

REFERENCE = OpResolverType.BUILTIN_REF
FIXTURES = Path(__file__).parents[2] / "fixtures"
NETWORKS = [FIXTURES / f"{name}_int8.tflite" for name in ("cnn", "mnist")]
RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent))

ROUNDED = {
    *(
        f"{name} {kind} int16"
        for name in ("logistic", "tanh")
        for kind in (0.5, 1.0, "power of two")
    ),
    "prelu int16",
    "resize_bilinear {} uint8",
    "resize_bilinear {'alignCorners': True} uint8",
    "resize_bilinear {'halfPixelCenters': True} uint8",
    "resize bilinear to another scale uint8",
    *(f"sum {kind}" for kind in ("int8", "int16", "last int8", "last int16")),
}
"""Cases of operators that have a form in integers, in other types than these: the kernel computes
in float32 or from tables, or is not imitated (`integer_kernels.summed`)."""


def formed() -> Iterator[str]:
    """The cases whose kernels are computed in integers, and some that hand integers on."""
    moving = ("pad int8", "concatenation int8", "reshape to another scale uint8", "split uint8")
    yield from moving
    for name, case in QUANTIZED.items():
        hybrid = name.startswith("hybrid")
        if case.operator in FORMS and not hybrid and name not in ROUNDED:
            yield name


def rebuilt(path: Path, folder: Path) -> tuple[Program, Any]:
    """The program of the integer reading, and the model of its script, as the interpreter runs."""
    with inspector.open(path) as model:
        program = translate(model, reading=Integer())
        assert not program.all_unsupported
        write_folder(program, folder)
    module, _ = load(folder / "model.py")
    built = module.build_model()
    module.load_weights(built, folder / "weights.npz")
    if hasattr(module, "keep_state"):
        module.keep_state(built)
    return program, built


def equal(found: list[np.ndarray], expected: list[np.ndarray]) -> None:
    """That all values are the same, and of the same types."""
    for left, right in zip(found, expected, strict=True):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("name", formed())
def test_an_operator_equals_its_reference_kernel(name: str, tmp_path: Path) -> None:
    path = write(QUANTIZED[name], tmp_path / "model.tflite")
    program, built = rebuilt(path, tmp_path)
    assert not program.rounded
    for seed in range(3):
        inputs = draw(QUANTIZED[name], seed)
        equal(answer(built, inputs), run(path, inputs, REFERENCE))


def test_every_form_is_tested() -> None:
    assert {QUANTIZED[name].operator for name in formed()} >= set(FORMS)


@pytest.mark.parametrize("name", sorted(ROUNDED))
def test_kernels_without_a_form_are_told(name: str, tmp_path: Path) -> None:
    program, built = rebuilt(write(QUANTIZED[name], tmp_path / "model.tflite"), tmp_path)
    assert program.rounded == {0}
    inputs = draw(QUANTIZED[name], 1)
    (found,) = answer(built, inputs)
    kernels = (REFERENCE, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    sides = [run(tmp_path / "model.tflite", inputs, each)[0].astype(int) for each in kernels]
    assert min(np.abs(found.astype(int) - side).max() for side in sides) <= 1


@pytest.mark.parametrize("helper", INTEGER_HELPERS)
def test_a_model_with_a_helper_is_saved_and_loaded(helper: str, tmp_path: Path) -> None:
    case = QUANTIZED[INTEGER_HELPERS[helper]]
    _, built = rebuilt(write(case, tmp_path / "m.tflite"), tmp_path)
    assert f"class {helper}(" in (tmp_path / "model.py").read_text()
    built.save(tmp_path / "m.keras")
    again = import_keras().models.load_model(tmp_path / "m.keras")
    inputs = draw(case, 1)
    equal(answer(again, inputs), answer(built, inputs))


@pytest.mark.parametrize("name", INTEGER_HELPERS.values())
def test_scripts_are_clean_and_formatted(name: str, tmp_path: Path) -> None:
    rebuilt(write(QUANTIZED[name], tmp_path / "m.tflite"), tmp_path)
    assert RUFF, "ruff is one of the project's development dependencies"
    for check in (["check", "--isolated"], ["format", "--check", "--isolated"]):
        command = [RUFF, *check, tmp_path / "model.py"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def whole_networks() -> list[Any]:
    """Whole int8 networks of other people, of some size but not too slow for a test."""
    chosen = [
        row["file"]
        for row in rows()
        if row["kind"] == "int8-full" and row["runs_in_litert"] and 5 <= row["operators"] <= 16
    ]
    assert not rows() or len(chosen) >= 10
    return [pytest.param(FOLDER / name, id=Path(name).stem) for name in chosen] or [ABSENT]


@pytest.mark.parametrize("path", [*NETWORKS, *whole_networks()])
def test_a_network_equals_the_reference_kernels(path: Path, tmp_path: Path) -> None:
    _, built = rebuilt(path, tmp_path)
    reference = Interpreter(str(path), experimental_op_resolver_type=REFERENCE, num_threads=1)
    reference.allocate_tensors()
    for seed in range(10):
        rng = np.random.default_rng(seed)
        inputs = [drawn(rng, detail) for detail in reference.get_input_details()]
        for detail, value in zip(reference.get_input_details(), inputs, strict=True):
            reference.set_tensor(detail["index"], value)
        reference.invoke()
        outputs = [reference.get_tensor(d["index"]) for d in reference.get_output_details()]
        equal(answer(built, inputs), outputs)


def drawn(rng: np.random.Generator, detail: dict[str, Any]) -> np.ndarray:
    """A random value for an input: all that its type holds, or numbers from -1 to 1."""
    kind = np.dtype(detail["dtype"])
    if kind.kind == "f":
        return rng.uniform(-1, 1, detail["shape"]).astype(kind)
    limits = np.iinfo(kind)
    return rng.integers(limits.min, limits.max, detail["shape"], kind, endpoint=True)


def test_a_network_is_verified_to_the_bit(tmp_path: Path, tfli) -> None:
    folder = tmp_path / "out"
    done = tfli("rebuild", NETWORKS[0], "-o", folder, "--quantized", "integer", "--json")
    assert done.code == 0
    assert done.json["verify"]["runtime"]["kernels"] == "reference"
    assert done.json["rounded"] == []
    steps = {op["isolated"]["max_lsb"] for op in done.json["verify"]["ops"] if op["isolated"]}
    assert steps - {None} == {0}


def test_one_step_off_is_a_mismatch(tmp_path: Path, tfli) -> None:
    folder = tmp_path / "out"
    tfli("rebuild", NETWORKS[0], "-o", folder, "--quantized", "integer", "--no-verify")
    arrays = dict(np.load(folder / "weights.npz"))
    key = next(key for key in arrays if key.endswith("/bias"))
    place = np.abs(arrays[key.replace("/bias", "/kernel")]).sum(axis=(0, 1, 2)).argmax()
    arrays[key][place] += largest_without_two_steps(arrays, key, place)
    np.savez(folder / "weights.npz", **arrays)
    done = tfli("compare", NETWORKS[0], folder, "--kernels", "reference", "--json")
    wrong = [op for op in done.json["ops"] if op["verdict"] == "SOURCE"]
    assert done.code == 1
    assert [op["isolated"]["max_lsb"] for op in wrong] == [1]


def largest_without_two_steps(arrays: dict[str, np.ndarray], key: str, place: int) -> int:
    """Half a step of a channel's output, in steps of its sums."""
    layer = key.partition("/")[0]
    shift = int(arrays[f"{layer}_rescale/shift"][place])
    return int(2.0 ** (31 - shift) / arrays[f"{layer}_rescale/multiplier"][place] / 2)


def test_constants_that_operators_compute_from_others(tmp_path: Path) -> None:
    """The kernel sets bring these to the other grid differently."""
    network, grid = Network(), quantization(0.027451, -92)
    main = network.graph("main")
    x = main.input((1, 256), "int8", quantization=grid)
    held = main.constant([np.arange(-128, 128)], "int8")
    main.tensors[held].quantization = quantization(0.00787402, 0)
    moved = main.op("QUANTIZE", [held], main.tensor((1, 256), "int8", quantization=grid))
    joint = main.tensor((1, 512), "int8", quantization=grid)
    main.outputs = [main.op("CONCATENATION", [x, moved], joint, axis=1)]
    path = network.write(tmp_path / "m.tflite")
    _, built = rebuilt(path, tmp_path)
    given = np.arange(-128, 128, dtype="int8")[np.newaxis]
    equal(answer(built, [given]), run(path, [given], REFERENCE))


def test_a_model_with_an_operator_that_has_no_reference_kernel(tmp_path: Path) -> None:
    """The others of it are held to what their reference kernels give."""
    network, grid = Network(versions={"TILE": 3}), quantization(0.02, 5)
    main = network.graph("main")
    x = main.input((1, 4), "int8", quantization=grid)
    twice, sum_ = (main.tensor((1, 8), "int8", quantization=grid) for _ in range(2))
    main.op("TILE", [x, main.constant([1, 2], "int32")], twice)
    main.outputs = [main.op("ADD", [twice, twice], sum_)]
    path = network.write(tmp_path / "m.tflite")
    with inspector.open(path) as model:
        assert resolving(model, Kernels.REFERENCE) is Kernels.BUILTIN
    folder = tmp_path / "rebuilt"
    assert tfli(["rebuild", str(path), "-o", str(folder), "--quantized", "integer"]) == 0
    report = json.loads((folder / "report.json").read_text())["verify"]
    assert [op["isolated"]["max_lsb"] for op in report["ops"]] == [0, 0]


@pytest.mark.parametrize("first", [3, 40, -100])
def test_a_variable_of_integers_is_kept_from_call_to_call(first: int, tmp_path: Path) -> None:
    network, grid = Network(), quantization(0.05, 3)
    main, init = network.graph("main"), network.graph("init")
    main.op("CALL_ONCE", [], initSubgraphIndex=1)
    start = init.constant([[first, 3]], "int8")
    init.tensors[start].quantization = grid
    init.op("ASSIGN_VARIABLE", [handle(init, "total"), start])
    x, total, y = (main.tensor((1, 2), "int8", quantization=grid) for _ in range(3))
    main.op("READ_VARIABLE", [handle(main, "total")], total)
    main.op("ADD", [x, total], y)
    main.op("ASSIGN_VARIABLE", [main.operators[1].outputs[0], y])
    main.inputs, main.outputs = [x], [y]
    path = network.write(tmp_path / "m.tflite")
    _, built = rebuilt(path, tmp_path)
    reference = Interpreter(str(path), experimental_op_resolver_type=REFERENCE)
    reference.allocate_tensors()
    for value in ([[5, -20]], [[0, 9]], [[-128, 127]]):
        given = np.array(value, "int8")
        reference.set_tensor(reference.get_input_details()[0]["index"], given)
        reference.invoke()
        index = reference.get_output_details()[0]["index"]
        equal(answer(built, [given]), [reference.get_tensor(index)])


def quantization(scale: float, zero_point: int) -> Any:
    """The quantisation of a tensor with one scale."""
    return made(schema.QuantizationParametersT, scale=[scale], zeroPoint=[zero_point])


def handle(graph: Graph, name: str) -> int:
    """A tensor that names a variable."""
    return graph.op("VAR_HANDLE", [], graph.tensor((), "resource"), sharedName=name)

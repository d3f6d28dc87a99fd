"""What a model may take and give: signatures, constants, a tensor twice, nothing computed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.cli.main import run as tfli
from rebuild.execute import import_keras, load
from rebuild.folder import write as write_folder
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
from tests.weights.test_shuffled import shuffled
from tests.written import made

VECTOR = (1, 3)
X = np.array([[1, -2, 3]], "float32")


def begun(**fields: object) -> tuple[Network, Graph, int]:
    network = Network()
    main = network.graph("main")
    return network, main, main.input(VECTOR, **fields)


def test_outputs_that_are_constants(tmp_path: Path) -> None:
    network, main, x = begun()
    held = main.constant([[1.5, 2.5]])
    y = main.op("ADD", [x, main.constant([[1, 2, 3]])], main.tensor(VECTOR))
    main.outputs = [held, y, main.constant([4, 5], "int32"), main.constant(True, "bool")]
    path = network.write(tmp_path / "m.tflite")
    check(path, tmp_path, (X,))
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


def test_an_output_that_constants_determine(tmp_path: Path) -> None:
    network, main, x = begun()
    sides = [main.constant([[1, 2]]), main.constant([[3, 4]])]
    main.outputs = [
        main.op("ADD", sides, main.tensor((1, 2))),
        main.op("NEG", [x], main.tensor(VECTOR)),
    ]
    path = network.write(tmp_path / "m.tflite")
    check(path, tmp_path, (X,))
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


def test_an_output_that_is_a_dequantised_constant_in_another_shape(tmp_path: Path) -> None:
    network, main, x = begun()
    scale = made(schema.QuantizationParametersT, scale=[0.5], zeroPoint=[3])
    held = main.constant([[-7, 0, 9]], "int8")
    column = main.tensor((3, 1), "int8", quantization=scale)
    main.tensors[held].quantization = scale
    main.op("RESHAPE", [held, main.constant([3, 1], "int32")], column)
    main.outputs = [
        main.op("DEQUANTIZE", [column], main.tensor((3, 1))),
        main.op("NEG", [x], main.tensor(VECTOR)),
    ]
    check(network.write(tmp_path / "m.tflite"), tmp_path, (X,))


@pytest.mark.parametrize("stored", ["float16", "float32"])
def test_kernels_whose_shape_the_file_leaves_out(stored: str, tmp_path: Path) -> None:
    """As those that were rounded in training: the file has them before QUANTIZE."""
    network, main, x = begun()
    unknown = {"shape": (), "hasRank": False}
    held = main.constant([[1, 2, 3], [-1, 0.5, 0.25]], stored)
    if stored == "float32":
        scale = made(schema.QuantizationParametersT, scale=[0.25], zeroPoint=[0])
        integers = main.tensor(dtype="int8", quantization=scale, **unknown)
        held = main.op("QUANTIZE", [held], integers)
    kernel = main.op("DEQUANTIZE", [held], main.tensor(**unknown))
    main.outputs = [main.op("FULLY_CONNECTED", [x, kernel, -1], main.tensor((1, 2)))]
    rebuilt = check(network.write(tmp_path / "m.tflite"), tmp_path, (X,))
    assert "layers.Dense(2," in rebuilt.source


def test_dequantised_zeros_that_are_divided_by(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    scale = made(schema.QuantizationParametersT, scale=[0.5], zeroPoint=[1])
    x = main.input((1, 4), "int8", quantization=scale)
    numbers = main.op("DEQUANTIZE", [x], main.tensor((1, 4)))
    signs = main.constant([[1, -1, 1, -1]])
    main.outputs = [main.op("DIV", [signs, numbers], main.tensor((1, 4)))]
    path = network.write(tmp_path / "m.tflite")
    built = Rebuilt(path, tmp_path, "exact").build()
    given = [np.array([[1, 1, 3, -5]], "int8")]
    for side in interpreters(path):
        same(answer(built, given)[0], invoke(side, given)[0])


def test_what_nothing_uses_need_not_be_checked(tmp_path: Path) -> None:
    network, main, x = begun()
    unused = main.op("ADD", [main.constant([[1]]), main.constant([[2]])], main.tensor((1, 1)))
    main.op("NEG", [unused], main.tensor((1, 1)))
    main.outputs = [main.op("NEG", [x], main.tensor(VECTOR))]
    path = network.write(tmp_path / "m.tflite")
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0
    found = json.loads((tmp_path / "out" / "report.json").read_text())["verify"]["ops"]
    assert [op["verdict"] for op in found] == ["FOLDED", "FOLDED", "OK"]


def test_outputs_that_are_inputs_and_outputs_used_again(tmp_path: Path) -> None:
    network, main, x = begun()
    y = main.op("NEG", [x], main.tensor(VECTOR))
    z = main.op("ADD", [y, y], main.tensor(VECTOR))
    main.outputs = [y, z, x, y]
    check(network.write(tmp_path / "m.tflite"), tmp_path, (X,))


def test_operators_that_pass_their_input_on(tmp_path: Path) -> None:
    network, main, x = begun()
    shape = main.constant([1, 3], "int32")
    y = main.op("RESHAPE", [x, shape], main.tensor(VECTOR))
    main.outputs = [main.op("RESHAPE", [y, shape], main.tensor(VECTOR))]
    check(network.write(tmp_path / "m.tflite"), tmp_path, (X,))


@pytest.mark.parametrize("passes", [False, True], ids=["at once", "turned over"])
def test_what_is_multiplied_by_a_number_goes_into_layers_of_ours(
    passes: bool, tmp_path: Path
) -> None:
    """Keras takes the product for sparse (`Multiply.compute_output_spec`), and says so."""
    network = Network()
    main = network.graph("main")
    x = main.input((1, 4, 4, 3))
    y = main.op("MUL", [x, main.constant(2.5)], main.tensor((1, 4, 4, 3)))
    if passes:
        order = main.constant([0, 2, 1, 3], "int32")
        y = main.op("TRANSPOSE", [y, order], main.tensor((1, 4, 4, 3)))
    size, shape = main.constant([7, 9], "int32"), (1, 7, 9, 3)
    main.outputs = [main.op("RESIZE_BILINEAR", [y, size], main.tensor(shape), alignCorners=True)]
    image = np.random.default_rng(0).normal(size=(1, 4, 4, 3)).astype("float32")
    check(network.write(tmp_path / "m.tflite"), tmp_path, (image,))


@pytest.mark.parametrize(
    ("operator", "shape", "operand", "stated"),
    [
        ("RESHAPE", (2, 3, 4), [2, 12], (24,)),
        ("RESHAPE", (2, 3, 4), [-1, 4], (2, 12)),
        ("RESIZE_BILINEAR", (1, 3, 4, 2), [6, 8], (1, 3, 4, 2)),
        ("RESIZE_NEAREST_NEIGHBOR", (1, 3, 4, 2), [3, 8], (1, 6, 8, 2)),
    ],
)
def test_an_operand_counts_more_than_the_shape_that_the_file_states(
    operator: str,
    shape: tuple[int, ...],
    operand: list[int],
    stated: tuple[int, ...],
    tmp_path: Path,
) -> None:
    network = Network()
    main = network.graph("main")
    size = main.constant(operand, "int32")
    found = main.op(operator, [main.input(shape), size], main.tensor(stated))
    main.outputs = [main.op("NEG", [found], main.tensor(stated))]
    x = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    check(network.write(tmp_path / "m.tflite"), tmp_path, (x,))


@pytest.mark.parametrize("flat", [[1, 12], [-1, 12], [1, 4, 3]], ids=str)
def test_a_batch_that_is_written_into_a_shape_is_any_batch(flat: list[int], tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    shape = (1, *flat[1:])
    x, size = main.input((1, 3, 4)), main.constant(flat, "int32")
    found = main.op("RESHAPE", [x, size], main.tensor(shape))
    kernel = main.constant(np.arange(5 * flat[-1]).reshape(5, -1) / 9)
    dense = main.tensor((*shape[:-1], 5))
    main.outputs = [main.op("FULLY_CONNECTED", [found, kernel, -1], dense, keepNumDims=True)]
    path = network.write(tmp_path / "m.tflite")
    write_folder(translate(inspector.open(path), dynamic_batch=True), tmp_path)
    module, _ = load(tmp_path / "model.py")
    built = module.build_model()
    module.load_weights(built, tmp_path / "weights.npz")
    samples = np.random.default_rng(0).normal(size=(5, 3, 4)).astype("float32")
    for side in interpreters(path):
        each = [invoke(side, [sample[None]])[0] for sample in samples]
        same(np.asarray(built(samples)), np.concatenate(each))


def test_a_subgraph_without_operators(tmp_path: Path) -> None:
    network, main, x = begun()
    main.outputs = [x]
    rebuilt = Rebuilt(network.write(tmp_path / "m.tflite"), tmp_path)
    same(answer(rebuilt.build(), (X,))[0], X)


@pytest.mark.parametrize("name", ["", "model", "state", "a/b:0", 'x"\n', "é"], ids=repr)
def test_names_that_are_empty_repeated_or_strange(name: str, tmp_path: Path) -> None:
    network, main, x = begun(name=name)
    other = main.input(VECTOR, name=name)
    y = main.op("MUL", [x, other], main.tensor(VECTOR, name=name))
    main.outputs = [main.op("SUB", [y, x], main.tensor(VECTOR, name=name))]
    check(network.write(tmp_path / "m.tflite"), tmp_path, (X, X + 1))


def test_a_model_that_takes_nothing(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    main.outputs = [main.op("ABS", [main.constant([1, -2])], main.tensor((2,)))]
    path = network.write(tmp_path / "m.tflite")
    assert "Inputs none" in check(path, tmp_path, ()).source
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize("shape", [(2,), (), (0,), (2, 1)], ids=str)
def test_an_output_that_is_a_constant_text(shape: tuple[int, ...], tmp_path: Path) -> None:
    network, main, x = begun()
    words = np.full(shape, "zwei Wörter".encode(), object)
    main.outputs = [main.op("NEG", [x], main.tensor(VECTOR)), main.constant(words, "object")]
    path = network.write(tmp_path / "m.tflite")
    check(path, tmp_path, (X,))
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


def test_an_output_that_is_no_text_of_utf_8_is_refused(tmp_path: Path) -> None:
    network, main, x = begun()
    held = main.constant(np.array([b"\xff"], object), "object")
    main.outputs = [main.op("NEG", [x], main.tensor(VECTOR)), held]
    program = translate(inspector.open(network.write(tmp_path / "m.tflite")))
    assert "is not UTF-8" in program.all_unsupported[0].reason


def test_a_model_that_gives_nothing_is_refused(tmp_path: Path) -> None:
    network, _, _ = begun()
    program = translate(inspector.open(network.write(tmp_path / "m.tflite")))
    assert "has no outputs" in program.all_unsupported[0].reason


def test_a_tensor_that_is_two_inputs_is_refused(tmp_path: Path) -> None:
    network, main, x = begun()
    main.inputs.append(x)
    main.outputs = [main.op("ABS", [x], main.tensor(VECTOR))]
    program = translate(inspector.open(network.write(tmp_path / "m.tflite")))
    assert "tensor 0 is several of its inputs" in program.all_unsupported[0].reason


def test_an_operand_that_is_left_out_is_refused(tmp_path: Path) -> None:
    network, main, x = begun()
    main.outputs = [main.op("ADD", [x, -1], main.tensor(VECTOR))]
    program = translate(inspector.open(network.write(tmp_path / "m.tflite")))
    assert program.all_unsupported[0].reason == "its operand 'y' is left out"


def two_signatures() -> Network:
    """`double` of the primary subgraph; `Half it!` of another, with a layer that has weights."""
    network, main, x = begun()
    main.outputs = [main.op("ADD", [x, x], main.tensor(VECTOR))]
    other = network.graph("second")
    y = other.input(VECTOR)
    weight = other.constant(np.eye(3) / 2)
    other.outputs = [other.op("FULLY_CONNECTED", [y, weight, -1], other.tensor(VECTOR))]
    network.signature("double", main), network.signature("Half it!", other)
    return network


def test_each_signature_has_a_builder(tmp_path: Path) -> None:
    path = two_signatures().write(tmp_path / "m.tflite")
    rebuilt = Rebuilt(path, tmp_path)
    runner = interpreters(path)[0].get_signature_runner("Half it!")
    same(answer(rebuilt.build("build_half_it"), (X,))[0], next(iter(runner(in0=X).values())))
    same(answer(rebuilt.build(), (X,))[0], X * 2)


def test_each_signature_is_verified(tmp_path: Path, capsys) -> None:
    path, out = two_signatures().write(tmp_path / "m.tflite"), tmp_path / "out"
    assert tfli(["rebuild", str(path), "-o", str(out), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["operators"], report["translated"]) == (2, 2)
    (found,) = report["signatures"]
    assert (found["key"], found["builder"]) == ("Half it!", "build_half_it")
    assert found["verify"]["verdict"] == report["verify"]["verdict"] == "match"


def unknown() -> Network:
    """y = |x| by a kernel, and then by an operator that nobody has."""
    network, main, x = begun()
    y = main.op("ABS", [x], main.tensor(VECTOR))
    z = main.op("DELEGATE", [y], main.tensor(VECTOR))
    main.outputs = [main.op("NEG", [z], main.tensor(VECTOR))]
    return network


def test_what_cannot_be_translated_stops_all(tmp_path: Path, capsys) -> None:
    path, out = unknown().write(tmp_path / "m.tflite"), tmp_path / "out"
    assert tfli(["rebuild", str(path), "-o", str(out), "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert [each["op"] for each in report["unsupported"]] == ["DELEGATE"]
    assert not out.exists()


def test_when_asked_a_layer_that_raises_stands_in_its_place(tmp_path: Path, capsys) -> None:
    path, out = unknown().write(tmp_path / "m.tflite"), tmp_path / "out"
    arguments = ["rebuild", str(path), "-o", str(out), "--json", "--allow-unsupported"]
    assert tfli([*arguments, "--no-verify"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert (report["operators"], report["translated"]) == (3, 2)
    program = translate(inspector.open(path), allow_unsupported=True)
    assert len(program.statements) == 3
    rebuilt = Rebuilt(path, tmp_path, allow_unsupported=True)
    built = rebuilt.build()
    built.save(tmp_path / "m.keras")
    for each in (built, import_keras().models.load_model(tmp_path / "m.keras")):
        with pytest.raises(NotImplementedError, match="DELEGATE is not rebuilt"):
            answer(each, (X,))


def test_boxes_that_drop_each_other_without_touching_are_refused(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    given = [main.input((3, 4)), main.input((3,)), main.constant(2, "int32")]
    given += [main.constant(0.0), main.constant(0.0)]
    outputs = [main.tensor((2,), "int32"), main.tensor((), "int32")]
    main.op("NON_MAX_SUPPRESSION_V4", given, *outputs)
    main.outputs = outputs
    program = translate(inspector.open(network.write(tmp_path / "m.tflite")))
    assert "its threshold of overlaps is 0.0" in program.all_unsupported[0].reason


def test_weights_in_blocks_are_refused(tmp_path: Path) -> None:
    """The exporter brings them in order; the kernel's second output has no value in a script."""
    with inspector.open(shuffled(tmp_path)) as model:
        (found,) = translate(model).unsupported
    assert found.reason == "its weights are stored as SHUFFLED4x16INT8"

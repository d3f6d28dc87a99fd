"""A loaded model, held against the interpreter that it wraps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import OpResolverType

import inspector
from inspector.run.noise import quiet
from inspector.run.runtime import Kernels, Runtime
from inspector.run.samples import sample
from inspector.run.session import Session
from tests import written
from tests.run.litert import BUILTIN, REFERENCE, interpreter, shared
from tests.written import CUSTOM, add_model, code, made, write

RESOLVERS = {
    Kernels.BUILTIN: BUILTIN,
    Kernels.REFERENCE: REFERENCE,
    Kernels.XNNPACK: OpResolverType.BUILTIN,
}


@pytest.mark.parametrize("kernels", Kernels)
def test_it_runs_the_kernels_that_were_chosen(fixtures: Path, kernels: Kernels) -> None:
    path = fixtures / "cnn.tflite"
    with inspector.open(path) as model:
        graph = model.subgraphs[0]
        inputs = sample([graph.tensors[i] for i in graph.inputs], seed=2)
    session = Session(Runtime(kernels), path)
    session.run(inputs)
    expected = interpreter(path, inputs, RESOLVERS[kernels]).get_tensor(graph.outputs[0])
    assert np.array_equal(session.read(graph.outputs[0]), expected)


def test_the_runtime_is_recorded() -> None:
    found = Runtime(Kernels.REFERENCE, threads=2).to_json()
    assert found.keys() == {"name", "version", "kernels", "threads"}
    assert (found["name"], found["kernels"], found["threads"]) == ("LiteRT", "reference", 2)
    assert found["version"][0].isdigit()


def test_bytes_and_paths_load_alike(fixtures: Path) -> None:
    path, image = fixtures / "mnist.tflite", np.full((1, 28, 28), 0.5, np.float32)
    values = []
    for model in (path, path.read_bytes()):
        session = Session(Runtime(), model)
        session.run([image])
        values.append(session.read(9))
    assert np.array_equal(*values)


@pytest.mark.parametrize(
    "given, words",
    [
        ([], "0 inputs are given; the model has 1"),
        (
            [np.zeros((1, 28, 28))],
            r"'serving_default_image:0' wants float32 \[1, 28, 28\]; .* float64",
        ),
        ([np.zeros((28, 28), np.float32)], r"wants float32 \[1, 28, 28\]; .* float32 \[28, 28\]"),
        ([np.zeros((2, 28, 28), np.float32)], r"float32 \[2, 28, 28\]"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(
    fixtures: Path, given: list[np.ndarray], words: str
) -> None:
    with pytest.raises(inspector.InputError, match=words):
        Session(Runtime(), fixtures / "mnist.tflite").run(given)


def test_an_open_dimension_takes_the_size_of_the_array(tmp_path: Path) -> None:
    found = add_model()
    for tensor in found.subgraphs[0].tensors:
        tensor.shape, tensor.shapeSignature = [1], [-1]
    session = Session(Runtime(), write(tmp_path / "open.tflite", found))
    for size in (3, 5):
        session.run([np.ones(size, np.float32)] * 2)
        assert session.read(2).tolist() == [2] * size
    with pytest.raises(inspector.InputError, match=r"wants float32 \[-1\]; .* float32 \[2, 2\]"):
        session.run([np.ones((2, 2), np.float32)] * 2)


def test_resizing_goes_beyond_what_the_file_says(tmp_path: Path) -> None:
    session = Session(Runtime(), write(tmp_path / "add.tflite", add_model()))
    session.resize([(4,), (4,)])
    session.run([np.ones(4, np.float32)] * 2)
    assert session.read(2).tolist() == [2] * 4


def test_a_tensor_without_elements_has_an_empty_value(tmp_path: Path) -> None:
    session = Session(Runtime(), write(tmp_path / "add.tflite", add_model()))
    session.resize([(0,), (0,)])
    session.run([np.ones(0, np.float32)] * 2)
    assert session.read(2).shape == (0,)


def test_what_litert_says_of_each_tensor_is_told_once(tmp_path: Path) -> None:
    """Its message names all tensors, one sentence after the other without a space."""
    odd = made(schema.QuantizationParametersT, scale=[1, 1], zeroPoint=[0, 0], quantizedDimension=3)
    tensors = [written.tensor(f"t{i}", [2], quantization=odd) for i in range(40)]
    path = write(tmp_path / "m.tflite", written.model([written.subgraph(tensors)]))
    with pytest.raises(inspector.RunError) as caught:
        Session(Runtime(), path)
    said = str(caught.value)
    assert "quantized_dimension must be in range [0, 1)" in said and "Tensor 0 " in said
    assert said.endswith("more like these)") and len(said) < 300


def test_a_name_that_litert_cannot_read_is_told(tmp_path: Path) -> None:
    found = add_model()
    found.subgraphs[0].tensors[0].name = b"caf\xe9"
    path = write(tmp_path / "m.tflite", found)
    with pytest.raises(inspector.RunError, match="an input's name is no UTF-8, and LiteRT's"):
        Session(Runtime(), path)


def test_litert_is_quoted_when_it_refuses_a_model(tmp_path: Path) -> None:
    own = add_model(operatorCodes=[code(CUSTOM, customCode="NobodyHasThis")])
    session = Session(Runtime(), write(tmp_path / "custom.tflite", own))
    with pytest.raises(
        inspector.RunError, match=r"has no NobodyHasThis among its builtin kernels; others may"
    ):
        session.run([np.ones(2, np.float32)] * 2)
    with pytest.raises(inspector.RunError, match="cannot be loaded"):
        Session(Runtime(), b"nothing that could be a model")


def test_an_operator_of_tensorflow_is_named(tmp_path: Path) -> None:
    own = add_model(operatorCodes=[code(CUSTOM, customCode="FlexAddV2")])
    with pytest.raises(inspector.RunError, match="and FlexAddV2 is one; `tfli slice`") as raised:
        Session(Runtime(), write(tmp_path / "flex.tflite", own)).run([np.ones(2, np.float32)] * 2)
    assert "Android" not in str(raised.value)


def test_each_run_begins_with_variables_at_zero() -> None:
    path = shared("small/tflm-trained_lstm.tflite")
    with inspector.open(path) as model:
        graph = model.subgraphs[0]
        inputs = sample([graph.tensors[i] for i in graph.inputs], seed=4)
    session = Session(Runtime(), path)
    values = []
    for _ in range(2):
        session.run(inputs)
        values.append(session.read(graph.outputs[0]))
    assert np.array_equal(*values)


def test_strings_go_in_and_come_out_as_bytes() -> None:
    session = Session(Runtime(), shared("small/litert-gather_string.tflite"))
    session.resize([(3,), (2,)])
    session.run([np.array([b"a", b"", b"c\0d"], object), np.array([2, 0])])
    assert session.read(2).tolist() == [b"c\0d", b"a"]


@pytest.mark.parametrize("text", [b"", b"ab", b"ends in \0", "é"])
def test_a_lone_string_goes_in_as_it_is(text: bytes | str) -> None:
    session = Session(Runtime(), shared("small/litert-string_scalar.bin"))
    session.run([np.array(text, object)])
    assert session.read(2).tolist() == [text if isinstance(text, bytes) else text.encode()]


def test_remarks_are_held_back_and_errors_are_not(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        os.write(2, b"INFO: a delegate was made.\nERROR: something broke.\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "ERROR: something broke.\nafter\n"


def test_xnnpack_says_nothing(fixtures: Path) -> None:
    run = (
        "import numpy, pathlib; from inspector.run.session import Session\n"
        "from inspector.run.runtime import Kernels, Runtime\n"
        f"path = pathlib.Path({str(fixtures / 'mnist.tflite')!r})\n"
        "Session(Runtime(Kernels.XNNPACK), path).run([numpy.ones((1, 28, 28), 'float32')])"
    )
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, check=True, text=True)
    assert done.stderr == ""

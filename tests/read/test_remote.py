"""Files on another machine: read in parts, with the same result as here, and few requests."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from conftest import Result
from http_server import Server, serving

import inspector
from inspector.errors import InputError, ModelError
from inspector.report.overview import overview

Tfli = Callable[..., Result]
LAYERS, WIDTH = 8, 256
KERNEL = 4 * WIDTH * WIDTH


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def large() -> bytes:
    """Eight dense layers of 256 KB of weights each."""
    rng = np.random.default_rng(0)
    kernels = [rng.standard_normal((WIDTH, WIDTH)).astype(np.float32) for _ in range(LAYERS)]
    tensors, operators = [written.tensor("input", (1, WIDTH))], []
    for layer in range(LAYERS):
        tensors.append(written.tensor(f"kernel_{layer}", (WIDTH, WIDTH), buffer=layer + 1))
        tensors.append(written.tensor(f"dense_{layer}", (1, WIDTH)))
        at = len(tensors)
        read = 0 if not layer else at - 3
        operators.append(written.operator([read, at - 2, -1], [at - 1]))
    graph = written.subgraph(tensors, operators, inputs=[0])
    code = written.code(schema.BuiltinOperator.FULLY_CONNECTED)
    constants = [kernel.tobytes() for kernel in kernels]
    return written.packed(written.model([graph], constants, operatorCodes=[code]))


def listing(model: inspector.Model) -> list[object]:
    """All that a listing asks for."""
    return [
        [
            (*tensor, model.is_constant(tensor), model.buffer_extent(tensor.buffer))
            for graph in model.subgraphs
            for tensor in graph.tensors
        ],
        [
            (operator.name, operator.inputs, operator.outputs, operator.options)
            for graph in model.subgraphs
            for operator in graph.operators
        ],
    ]


@pytest.mark.parametrize("name", ["cnn", "cnn_int8", "mnist", "mnist_float16"])
def test_a_remote_model_is_read_as_a_local_one(server: Server, fixtures: Path, name: str) -> None:
    path = fixtures / f"{name}.tflite"
    url = server.add("m.tflite", path.read_bytes())
    with inspector.open(url) as remote, inspector.open(path) as local:
        assert listing(remote) == listing(local)
        for tensor in remote.subgraphs[0].tensors:
            if remote.is_constant(tensor):
                np.testing.assert_array_equal(remote.data(tensor), local.data(tensor))
        assert overview(remote)[0]["parameters"] == overview(local)[0]["parameters"]


def test_listing_reads_a_small_share_in_few_requests(server: Server, large: bytes) -> None:
    url = server.add("large.tflite", large)
    with inspector.open(url) as model:
        listing(model)
        overview(model)
    assert server.bytes_sent < len(large) / 5
    assert len(server.sent) <= LAYERS + 4


def test_the_values_of_one_constant_cost_its_bytes_only(server: Server, large: bytes) -> None:
    url = server.add("large.tflite", large)
    with inspector.open(url) as model:
        listing(model)
        before = server.bytes_sent
        tensor = model.subgraphs[0].tensors[1]
        start, length = model.buffer_extent(tensor.buffer)
        assert model.data(tensor).tobytes() == large[start : start + length]
    assert server.bytes_sent - before <= KERNEL


def test_the_command_reads_only_the_weights_that_are_asked_for(
    server: Server, tfli: Tfli, tmp_path: Path, large: bytes
) -> None:
    url = server.add("large.tflite", large)
    result = tfli("weights", url, "-o", tmp_path / "w.npz", "--filter", "kernel_3", "--raw")
    assert (result.code, result.out.count("dense")) == (0, 1)
    assert server.bytes_sent < len(large) / 5 + KERNEL


def test_thousands_of_operators_are_a_handful_of_requests(server: Server) -> None:
    count = 3000
    tensors = [written.tensor(f"a tensor with a rather long name {i}") for i in range(count + 1)]
    operators = [written.operator([i, i], [i + 1]) for i in range(count)]
    graph = written.subgraph(tensors, operators, inputs=[0])
    url = server.add("m.tflite", written.packed(written.model([graph])))
    with inspector.open(url) as model:
        assert len(listing(model)[1]) == count  # type: ignore[arg-type]
    assert len(server.sent) < 20


def test_info_says_that_the_digest_is_not_known(server: Server, tfli: Tfli, large: bytes) -> None:
    found = tfli("info", server.add("large.tflite", large), "--json").json
    assert (found["sha256"], found["size"]) == (None, len(large))
    assert "over the network" in found["warnings"][-1]
    assert server.bytes_sent < len(large) / 5


def test_a_remote_model_runs(server: Server, tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    local = fixtures / "mnist.tflite"
    url = server.add("mnist.tflite", local.read_bytes())
    assert tfli("capture", url, "-o", tmp_path / "far.npz").code == 0
    assert tfli("capture", local, "-o", tmp_path / "near.npz").code == 0
    with np.load(tmp_path / "far.npz") as far, np.load(tmp_path / "near.npz") as near:
        for key in near:
            np.testing.assert_array_equal(far[key], near[key])


def test_a_member_of_a_remote_zip_is_a_part_of_it(server: Server, large: bytes) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("model.tflite", large)
        archive.writestr("notes.txt", "of no use")
    url = server.add("two.task", held.getvalue())
    with inspector.open(f"{url}::model.tflite") as model:
        listing(model)
    assert server.bytes_sent < len(large) / 5
    with inspector.open(url) as model:
        assert model.path == f"{url}::model.tflite"


def test_a_model_cut_short_is_told(server: Server, large: bytes) -> None:
    url = server.add("half.tflite", large[: len(large) // 2])
    with pytest.raises(ModelError), inspector.open(url) as model:
        listing(model)


def test_what_the_server_refuses_is_one_line(server: Server, tfli: Tfli) -> None:
    result = tfli("ops", server.url("absent.tflite"))
    assert (result.code, result.out) == (2, "")
    line = (
        f"tfli: {server.url('absent.tflite')}: cannot be read: the server answers 404 (Not Found)"
    )
    assert result.err == line + "\n"


def test_a_server_without_parts_is_told_before_all_is_read(server: Server, large: bytes) -> None:
    server.ranges = False
    with pytest.raises(InputError, match="does not send parts of a file; download it first"):
        listing(inspector.open(server.add("large.tflite", large)))


def test_an_answer_cut_short_is_told(server: Server, large: bytes) -> None:
    server.cut = True
    with pytest.raises(InputError, match=r"large\.tflite: "):
        inspector.open(server.add("large.tflite", large))


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(InputError, match=r"m\.tflite: cannot be read: Cannot connect"):
        inspector.open(f"http://127.0.0.1:{port}/m.tflite")


def test_an_unknown_protocol_is_told() -> None:
    with pytest.raises(InputError, match="Protocol not known"):
        inspector.open("gopher7://host/m.tflite")


@pytest.mark.parametrize("hidden", ["fsspec", "aiohttp"])
def test_a_missing_package_is_named_with_what_to_install(hidden: str) -> None:
    code = (
        f"import sys; sys.modules[{hidden!r}] = None\n"
        "import inspector.cli.main as m; sys.exit(m.run(['ops', 'https://127.0.0.1:1/m.tflite']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "pip install 'tflite-inspector[remote]'" in line


def test_a_file_url_is_the_file(fixtures: Path) -> None:
    path = fixtures / "mnist.tflite"
    with inspector.open(path.as_uri()) as model:
        assert os.fspath(model.content()) == os.fspath(path)

"""The weights export against `numpy.savez` of the same arrays from memory, and what it keeps there.

The networks are of 500 MB of arrays, convolutions and dense layers, float32 and int8 with a scale
for each channel; the layout is Keras', so that all kernels are transposed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

import inspector
from benchmarks.synthetic import made, write
from benchmarks.timing import Row, versus
from inspector.weights.export import arrays
from inspector.weights.save import save

ARRAYS = 500 << 20
KERNELS = [(512, 3, 3, 512), (512, 1, 1, 512), (2048, 1, 1, 512), (256, 3, 3, 256), (4096, 4096)]
LARGEST = 4 * 4096 * 4096
MEMORY = 3 * LARGEST + (100 << 20)
"""What an export may keep in memory: the three largest arrays, and 100 MB."""

PEAK = """
import sys
from inspector.cli.main import run
assert run(["weights", sys.argv[1], "-o", sys.argv[2], "--json", "--force"]) == 0
with open("/proc/self/status") as file:  # getrusage has the parent's, from before the exec
    print(next(line.split()[1] for line in file if line.startswith("VmHWM")), file=sys.stderr)
"""


def rows() -> list[Row]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "w.npz"
        for dtype, least in (("float32", 0.9), ("int8", 0.5)):
            path = network(Path(folder) / "m.tflite", dtype)
            found.append(timed(path, f"500 MB, {dtype}", target, least))
            peak = peak_memory(path, target)
            found.append(Row("its memory", f"500 MB, {dtype}", "allowed", peak, MEMORY, 1, "MB"))
    return found


def timed(path: Path, name: str, target: Path, least: float) -> Row:
    """Our export of a model, and NumPy's of the same arrays in the same order of axes."""
    export(path, target)
    with np.load(target) as file:
        loaded = dict(file)
    peer = target.with_name("savez.npz")
    times = versus(lambda: export(path, target), lambda: np.savez(peer, **loaded), 5)
    return Row("export the weights", name, "numpy.savez", *times, least)


def export(path: Path, target: Path) -> None:
    with inspector.open(path) as model:
        save(arrays(model), target, force=True)


def peak_memory(path: Path, target: Path) -> int:
    """The most bytes that the command has in memory, mapped pages of the model among them."""
    command = [sys.executable, "-c", PEAK, str(path), str(target)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return 1024 * int(done.stderr)


def network(path: Path, dtype: str) -> Path:
    """A network of random kernels, whose arrays as float32 have `ARRAYS` bytes."""
    rng, weights = np.random.default_rng(0), []
    while sum(4 * kernel.size for kernel in weights) < ARRAYS:
        shape = KERNELS[len(weights) % len(KERNELS)]
        kernel = rng.integers(-127, 128, shape, np.int8)
        weights.append(kernel if dtype == "int8" else kernel.astype(dtype))
    kind = schema.TensorType.INT8 if dtype == "int8" else schema.TensorType.FLOAT32
    tensors = [made(schema.TensorT, name="image", shape=[1, 32, 32, 512])]
    operators, buffers = [], [schema.BufferT()]
    for kernel in weights:
        data = kernel.reshape(-1).view(np.uint8)
        buffers.append(made(schema.BufferT, data=data))
        fields: dict[str, Any] = {"shape": list(kernel.shape), "type": kind}
        if dtype == "int8":
            fields["quantization"] = scales(len(kernel))
        at = len(tensors)
        tensors.append(made(schema.TensorT, name=f"k{at}", buffer=len(buffers) - 1, **fields))
        tensors.append(made(schema.TensorT, name=f"y{at}", shape=[1, 32, 32, len(kernel)]))
        code = 0 if kernel.ndim == 4 else 1
        operator = made(schema.OperatorT, inputs=[0, at], outputs=[at + 1], opcodeIndex=code)
        operators.append(operator)
    graph = made(schema.SubGraphT, tensors=tensors, operators=operators, inputs=[0], outputs=[2])
    kinds = schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.FULLY_CONNECTED
    codes = [
        made(schema.OperatorCodeT, builtinCode=code, deprecatedBuiltinCode=code) for code in kinds
    ]
    return write(
        path,
        made(schema.ModelT, version=3, operatorCodes=codes, subgraphs=[graph], buffers=buffers),
    )


def scales(channels: int) -> Any:
    """A scale for each of the first axis."""
    values = np.linspace(0.001, 0.1, channels).tolist()
    return made(schema.QuantizationParametersT, scale=values, zeroPoint=[0] * channels)

"""The arena's plan: by hand, against every possible plan, and against the interpreter's own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from random import Random

import numpy as np
import pytest
import shared_models
import written
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from written import operator, subgraph, tensor

import inspector
from inspector.lifetimes import Memory, arena_blocks, kept_tensors, memory_of, open_tensors
from inspector.memory import ALWAYS, Block, lower_bound, plan
from inspector.stats import Part, part_of

OPERATOR, TYPE = schema.BuiltinOperator, schema.TensorType
REFERENCE = OpResolverType.BUILTIN_REF
"""The kernels that need least memory of their own."""


def blocks(*rows: tuple[int, int, int]) -> list[Block]:
    """Blocks of (size, first, last), numbered."""
    return [Block(index, *row) for index, row in enumerate(rows)]


def planned(found: Sequence[Block], alignment: int = 64) -> tuple[list[int], int]:
    result = plan(found, alignment)
    assert result is not None
    return [result.offsets[block.tensor] for block in found], result.size


def test_a_chain_needs_its_two_largest_neighbours() -> None:
    chain = blocks((100, 0, 1), (300, 1, 2), (200, 2, 3), (50, 3, 4))
    # 300 at 0; 200 lives with it, behind it at 320; 100 lives with the 300 alone; 50 with the 200
    assert planned(chain) == ([320, 0, 320, 0], 520)
    assert lower_bound(chain) == 500


def test_a_block_goes_into_the_smallest_gap_that_holds_it() -> None:
    standing = blocks((64, 0, 9), (192, 0, 0), (64, 0, 9), (128, 0, 0), (64, 0, 9))
    # by size: 192 at 0, 128 at 192, then the three at 320, 384, 448; the gaps come at operator 1
    assert planned([*standing, Block(5, 64, 1, 1)]) == ([320, 0, 384, 192, 448, 0], 512)
    walls = [Block(0, 64, 0, ALWAYS), Block(1, 256, 0, 0), Block(2, 200, 0, 5)]
    # 0 at 0 since it lives always, 256 at 64, 200 at 320; then 64 to 320 is free
    small, large = Block(3, 60, 1, 2), Block(4, 190, 1, 1)
    assert planned([*walls, small, large]) == ([0, 64, 320, 256, 64], 520)


def test_what_lives_always_comes_first_whatever_its_size() -> None:
    assert planned([Block(0, 1000, 1, 2), Block(7, 10, 0, ALWAYS)]) == ([64, 0], 1064)


def test_blocks_of_no_size_are_in_nobody_s_way() -> None:
    assert planned(blocks((0, 0, 5), (10, 0, 5))) == ([0, 0], 10)
    assert planned([]) == ([], 0)
    assert lower_bound([]) == 0


def best(found: Sequence[Block]) -> int:
    """The least bytes that any plan needs: each order of placing, each as low as it can lie.

    An optimal plan, its blocks pushed down one after the other by offset, is one of these.
    """
    return min(lowest(order) for order in permutations(found))


def lowest(order: Sequence[Block]) -> int:
    placed: list[tuple[int, Block]] = []
    for block in order:
        others = [(at, o) for at, o in placed if o.first <= block.last and block.first <= o.last]
        places = sorted({0, *(at + o.size for at, o in others)})
        at = next(
            p for p in places if all(p + block.size <= a or a + o.size <= p for a, o in others)
        )
        placed.append((at, block))
    return max(at + block.size for at, block in placed)


@pytest.mark.parametrize("seed", range(40))
def test_a_plan_is_sound_and_near_the_best_of_all_plans(seed: int) -> None:
    random = Random(seed)
    starts = [random.randrange(5) for _ in range(6)]
    rows = [(random.randrange(1, 20), a, random.randrange(a, 6)) for a in starts]
    found = blocks(*rows)
    offsets, size = planned(found, alignment=1)
    for one in found:
        for other in found:
            if one is not other and one.first <= other.last and other.first <= one.last:
                a, b = offsets[one.tensor], offsets[other.tensor]
                assert a + one.size <= b or b + other.size <= a
    optimum = best(found)
    assert lower_bound(found) <= optimum <= size <= 1.5 * optimum


def test_thousands_of_long_lives_are_given_up_and_the_bound_is_still_told() -> None:
    found = [Block(i, 64, 0, ALWAYS) for i in range(4000)]
    assert plan(found) is None
    assert lower_bound(found) == 4000 * 64


def of(path: Path) -> Part:
    return part_of(inspector.open(path).subgraphs[0])


def blocks_of(part: Part) -> list[Block]:
    return arena_blocks(part, kept_tensors(part) | open_tensors(part)[0])


def extent(path: Path, found: Sequence[Block]) -> int:
    """From the first to the last byte of these tensors in the interpreter's memory."""
    loaded = Interpreter(str(path), experimental_op_resolver_type=REFERENCE)
    loaded.allocate_tensors()
    starts = [address(loaded, block.tensor) for block in found]
    ends = [start + block.size for start, block in zip(starts, found, strict=True)]
    return max(ends) - min(starts)


def address(loaded: Interpreter, index: int) -> int:
    view: np.ndarray = loaded.tensor(index)()
    return int(view.__array_interface__["data"][0])


@pytest.mark.parametrize("name", ["mnist", "mnist_float16", "mnist_int8", "cnn", "cnn_int8"])
def test_a_fixture_s_plan_is_the_interpreter_s(fixtures: Path, name: str) -> None:
    path = fixtures / f"{name}.tflite"
    assert memory_of(of(path)).planned == extent(path, blocks_of(of(path)))


NETWORKS = (
    "coral-mobilenet_v2_1.0_224_quant",
    "mediapipe-face_detection_short_range",
    "fdtflite-face_landmark",
    "mobilefacenet-rnet",
)


def networks() -> list[object]:
    """Some networks with residuals, concatenations and reshapes."""
    found = [p for p in shared_models.plain_models() if p.values[0] is not None]
    return [p for p in found if p.values[0].name.startswith(NETWORKS)] or [shared_models.ABSENT]


@pytest.mark.parametrize("path", networks())
def test_a_network_s_plan_is_the_interpreter_s(path: Path) -> None:
    memory, found = memory_of(of(path)), blocks_of(of(path))
    assert memory.planned == extent(path, found)
    assert lower_bound(found) == memory.lower_bound <= memory.planned


def memory(tmp_path: Path, graph: object, names: Sequence[str], constants: int = 0) -> Memory:
    """The memory of a written subgraph whose operators are of these names, in order."""
    codes = [written.code(getattr(OPERATOR, name)) for name in names]
    model = written.model([graph], [bytes(4096)] * constants, operatorCodes=codes)
    return memory_of(of(written.write(tmp_path / "m.tflite", model)))


def test_what_reads_last_is_overwritten_where_the_kernel_does_so(tmp_path: Path) -> None:
    tensors = [tensor(f"t{i}", (256,)) for i in range(4)]
    calls = [operator([i], [i + 1], opcodeIndex=i) for i in range(3)]
    graph = subgraph(tensors, calls, inputs=[0])
    # the input and the output live on; SOFTMAX writes over what TANH wrote, TANH over nothing
    assert memory(tmp_path, graph, ["TANH", "SOFTMAX", "TANH"]).planned == 3 * 1024
    assert memory(tmp_path, graph, ["TANH", "TANH", "TANH"]).planned == 4 * 1024 - 1024


def test_a_reshape_takes_no_memory(tmp_path: Path) -> None:
    tensors = [tensor("a", (256,)), tensor("b", (256,)), tensor("c", (16, 16)), tensor("d", (256,))]
    calls = [operator([i], [i + 1], opcodeIndex=i) for i in range(3)]
    graph = subgraph(tensors, calls, inputs=[0])
    found = memory(tmp_path, graph, ["TANH", "RESHAPE", "TANH"])
    assert (found.planned, found.lower_bound) == (3 * 1024, 3 * 1024)


def test_unpacked_weights_and_variables_stay_outside_of_the_arena(tmp_path: Path) -> None:
    weights = tensor("packed", (256,), type=TYPE.FLOAT16, buffer=1)
    state = tensor("state", (10,), isVariable=True)
    tensors = [tensor("x", (256,)), weights, tensor("weights", (256,)), state, tensor("y", (256,))]
    calls = [operator([1], [2]), operator([0, 2], [4], opcodeIndex=1)]
    graph = subgraph(tensors, calls, inputs=[0])
    found = memory(tmp_path, graph, ["DEQUANTIZE", "ADD"], constants=1)
    assert (found.planned, found.kept) == (2048, 1024 + 64)


def test_sizes_that_only_a_run_tells_are_counted_apart(tmp_path: Path) -> None:
    open_batch = {"shape": (1, 256), "shapeSignature": [-1, 256]}
    fixed = [tensor("x", (256,)), tensor("found", (1,), shapeSignature=[-1]), tensor("y", (2,))]
    calls = [operator([0], [1]), operator([1], [2], opcodeIndex=1)]
    found = memory(tmp_path, subgraph(fixed, calls, inputs=[0]), ["WHERE", "SUM"])
    assert (found.unknown, found.assumed, found.planned) == (1, 0, 1024 + 8)
    batch = [tensor(f"t{i}", **open_batch) for i in range(3)]
    found = memory(tmp_path, subgraph(batch, calls, inputs=[0]), ["TANH", "TANH"])
    assert (found.unknown, found.assumed, found.planned) == (0, 3, 3 * 1024)


def test_absurd_shapes_are_summed_and_no_more(tmp_path: Path) -> None:
    huge = [tensor(f"t{i}", [2**31 - 1] * 40) for i in range(3)]
    graph = subgraph(huge, [operator([0, 1], [2])])
    assert memory(tmp_path, graph, ["ADD"]).lower_bound == 3 * 4 * (2**31 - 1) ** 40


def test_a_string_has_no_size(tmp_path: Path) -> None:
    words = [tensor("x", (4,), type=TYPE.STRING), tensor("y", (4,), type=TYPE.STRING)]
    found = memory(tmp_path, subgraph(words, [operator([0], [1])]), ["TANH"])
    assert (found.planned, found.unknown) == (0, 2)

"""Which tensor of one model is taken for which of another."""

from __future__ import annotations

from pathlib import Path

import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector import Model
from inspector.compare.match import NAME, PLACE, PROVENANCE, TOPOLOGY, match_tensors
from tests.written import code, model, operator, packed, subgraph, tensor

CODES = [code(), code(schema.BuiltinOperator.CEIL)]


def chain(names: str, sizes: tuple[int, ...] = (2, 2, 2, 2), b: int = 1, c: int = 2) -> Model:
    """a + a = b, ceil(b) = c, c + a = d, under four names; b and c may be swapped."""
    tensors = [tensor(n, (s,)) for n, s in zip(names.split(), sizes, strict=True)]
    operators = [operator([0, 0], [b]), operator([b], [c], opcodeIndex=1), operator([c, 0], [3])]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[3])
    return Model(packed(model([graph], operatorCodes=CODES)))


def found(ours: Model, theirs: Model) -> dict[int, tuple[int, str]]:
    return {i: (pair.tensor, pair.by) for i, pair in match_tensors(ours, theirs).items()}


@pytest.mark.parametrize("name", ["mnist.tflite", "cnn_int8.tflite", "cnn_float16.tflite"])
def test_a_model_matches_itself_tensor_by_tensor(fixtures: Path, name: str) -> None:
    with inspector.open(fixtures / name) as opened:
        graph = opened.subgraphs[0]
        computed = {*graph.inputs, *(i for op in graph.operators for i in op.outputs)}
        assert found(opened, opened) == {i: (i, PROVENANCE) for i in computed}


def test_names_win_over_places() -> None:
    assert found(chain("in b c out"), chain("in c b out", b=2, c=1)) == {
        0: (0, NAME), 1: (2, NAME), 2: (1, NAME), 3: (3, NAME),
    }  # fmt: skip


def test_without_names_the_place_tells() -> None:
    assert found(chain("in b c out"), chain("x y z w", b=2, c=1)) == {
        0: (0, PLACE), 3: (3, PLACE), 1: (2, TOPOLOGY), 2: (1, TOPOLOGY),
    }  # fmt: skip


def test_names_that_repeat_or_are_empty_say_nothing() -> None:
    ours = chain("in b b out")
    other = chain("in b c out", b=2, c=1)
    pairs = found(ours, other)
    assert pairs[1] == (2, TOPOLOGY) and pairs[2] == (1, TOPOLOGY)


def test_sizes_must_agree() -> None:
    other = chain("in b c out", (2, 3, 3, 2), b=2, c=1)
    assert found(chain("in b c out"), other) == {0: (0, NAME), 3: (3, NAME)}
    rewritten = chain("in b c out", (2, 3, 3, 2))
    assert found(chain("in b c out"), rewritten) == {0: (0, PROVENANCE), 3: (3, PROVENANCE)}


def test_one_graph_under_other_names_is_the_same_tensor_by_tensor() -> None:
    assert found(chain("in b c out"), chain("out c b in")) == {i: (i, PROVENANCE) for i in range(4)}


def test_an_operator_more_moves_the_others_on() -> None:
    tensors = [tensor(name) for name in ("p", "q", "r", "s", "t")]
    operators = [
        operator([0, 0], [1]),
        operator([1], [2], opcodeIndex=1),
        operator([2], [3], opcodeIndex=1),
        operator([3, 0], [4]),
    ]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[4])
    longer = Model(packed(model([graph], operatorCodes=CODES)))
    pairs = found(chain("in b c out"), longer)
    assert (pairs[0], pairs[1], pairs[3]) == ((0, PLACE), (1, TOPOLOGY), (4, PLACE))
    assert pairs[2] == (2, TOPOLOGY)


def test_handles_and_strings_match_only_their_like() -> None:
    def typed(kind: int) -> Model:
        tensors = [tensor("in"), tensor("b", type=kind), tensor("out")]
        operators = [operator([0, 0], [1]), operator([1, 1], [2])]
        graph = subgraph(tensors, operators, inputs=[0], outputs=[2])
        return Model(packed(model([graph])))

    handle, text = typed(schema.TensorType.RESOURCE), typed(schema.TensorType.STRING)
    assert found(handle, handle).keys() == {0, 2}
    assert found(text, typed(schema.TensorType.INT8)).keys() == {0, 2}
    assert found(text, text).keys() == {0, 1, 2}

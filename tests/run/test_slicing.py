"""Parts of a model as files of their own, run by LiteRT and read by its schema classes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.errors import InputError
from inspector.run.choosing import part_between, part_of_operators, tensors_of
from inspector.run.inputs import inputs_of
from inspector.run.regions import Region
from inspector.run.slicing import cut
from inspector.weights.names import layer_names
from tests.run.keepers import keeping
from tests.run.litert import BUILTIN, FIXTURES, REFERENCE, interpreter, shared
from tests.written import code, made, model, operator, subgraph, tensor, write

Call = Callable[..., Any]
CODES = schema.BuiltinOperator


def whole_run(path: Path, resolver: Any) -> tuple[inspector.Model, Callable[[int], np.ndarray]]:
    """A model, and the value that the interpreter, keeping all, gives each of its tensors."""
    opened = inspector.open(path)
    values = interpreter(path, inputs_of(opened).read([], 0), resolver, preserve=True)
    return opened, values.get_tensor


def thirds(count: int) -> list[tuple[int, int]]:
    return [(0, count // 2), (count // 3, 2 * count // 3), (count // 2, count)]


@pytest.mark.parametrize("resolver", [BUILTIN, REFERENCE], ids=["builtin", "reference"])
@pytest.mark.parametrize("name", FIXTURES)
def test_a_part_computes_what_the_whole_does_there(
    fixtures: Path, name: str, resolver: Any
) -> None:
    opened, value = whole_run(fixtures / name, resolver)
    graph = opened.subgraphs[0]
    for start, end in thirds(len(graph.operators)):
        part = part_of_operators(graph, range(start, end))
        content = cut(opened, part)
        assert len(content) < opened.size
        found = interpreter(content, [value(i) for i in part.inputs], resolver)
        for index in part.outputs:
            np.testing.assert_array_equal(found.get_tensor(index), value(index))


@pytest.mark.parametrize(
    "name",
    [
        "networks/mlctiny-pretrainedresnet_quant.tflite",
        "networks/litert-dynamic_shapes.bin",
        "small/litert-while_op_with_forwarding_input.bin",
    ],
)
def test_parts_of_other_peoples_models(name: str) -> None:
    opened, value = whole_run(shared(name), BUILTIN)
    graph = opened.subgraphs[0]
    part = part_between(graph, (), graph.outputs[:1])
    found = interpreter(cut(opened, part), [value(i) for i in part.inputs])
    np.testing.assert_array_equal(found.get_tensor(part.outputs[0]), value(part.outputs[0]))


def chain(**fields: Any) -> Any:
    """left + right = sum (0); ceil(sum) = whole (1); whole + scale = shifted (2)."""
    tensors = [tensor("left"), tensor("right"), tensor("sum"), tensor("whole")]
    tensors += [tensor("scale", buffer=1), tensor("shifted"), tensor("unused", buffer=2)]
    operators = [operator([0, 1], [2]), operator([2], [3], opcodeIndex=1), operator([3, 4], [5])]
    graph = subgraph(tensors, operators, inputs=[0, 1], outputs=[5])
    constants = [np.array([3, 4], "<f4").tobytes(), bytes(4096)]
    return model([graph], constants, **{"operatorCodes": [code(), code(CODES.CEIL)], **fields})


def read_back(content: bytes) -> Any:
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))


def test_what_the_part_does_not_use_is_gone_and_indices_stay(tmp_path: Path) -> None:
    signature = made(schema.SignatureDefT, signatureKey="key", inputs=[], outputs=[])
    with inspector.open(write(tmp_path / "m.tflite", chain(signatureDefs=[signature]))) as opened:
        found = read_back(cut(opened, Region((2,), (3,), (5,))))
    assert [entry.builtinCode for entry in found.operatorCodes] == [CODES.ADD]
    assert [t.name for t in found.subgraphs[0].tensors][5] == b"shifted"
    assert list(found.subgraphs[0].operators[0].inputs) == [3, 4]
    assert len(found.buffers) == 2 and not found.signatureDefs
    assert found.buffers[1].data.view("<f4").tolist() == [3, 4]


def test_constants_begin_where_kernels_want_them(tmp_path: Path) -> None:
    with inspector.open(write(tmp_path / "m.tflite", chain())) as opened:
        content = cut(opened, Region((1, 2), (2,), (5,)))
    assert content.index(np.array([3, 4], "<f4").tobytes()) % 16 == 0


def test_called_subgraphs_come_along_under_new_numbers(tmp_path: Path) -> None:
    """IF's branches are subgraphs 2 and 3; nothing calls 1, which stays behind."""
    options = made(schema.IfOptionsT, thenSubgraphIndex=2, elseSubgraphIndex=3)
    branch = operator([0, 1], [2], opcodeIndex=1, builtinOptionsType=92, builtinOptions=options)
    assert schema.BuiltinOptions.IfOptions == 92
    tensors = [tensor("flag", (), type=schema.TensorType.BOOL), tensor("x"), tensor("y")]
    main = subgraph(tensors, [branch])

    def body(builtin: int) -> Any:
        return subgraph([tensor("in"), tensor("out")], [operator([0], [1], opcodeIndex=builtin)])

    whole = model(
        [main, body(0), body(2), body(3)],
        operatorCodes=[code(CODES.ABS), code(CODES.IF), code(CODES.NEG), code(CODES.CEIL)],
    )
    x = np.array([1.5, -2.5], np.float32)
    with inspector.open(write(tmp_path / "m.tflite", whole)) as opened:
        content = cut(opened, Region((0,), (0, 1), (2,)))
    assert len(read_back(content).subgraphs) == 3
    for flag, expected in ((True, -x), (False, np.ceil(x))):
        found = interpreter(content, [np.array(flag), x])
        np.testing.assert_array_equal(found.get_tensor(2), expected)


def test_a_subgraph_that_is_not_the_first_becomes_it(tmp_path: Path) -> None:
    body = subgraph([tensor("in"), tensor("out")], [operator([0], [1], opcodeIndex=1)])
    whole = model(
        [subgraph([tensor("a"), tensor("b"), tensor("c")], [operator([0, 1], [2])]), body],
        operatorCodes=[code(), code(CODES.CEIL)],
    )
    with inspector.open(write(tmp_path / "m.tflite", whole)) as opened:
        content = cut(opened, Region((0,), (0,), (1,)), subgraph=1)
    found = interpreter(content, [np.array([0.5, 1.5], np.float32)])
    assert found.get_tensor(1).tolist() == [1, 2]


def test_a_layer_stands_for_its_output(fixtures: Path) -> None:
    with inspector.open(fixtures / "cnn.tflite") as opened:
        graph = opened.subgraphs[0]
        names = layer_names(graph)
        assert tensors_of(graph, names) == tuple(o.outputs[0] for o in graph.operators)


def test_the_ends_are_named_by_name_index_or_pattern(tmp_path: Path) -> None:
    with inspector.open(write(tmp_path / "m.tflite", chain())) as opened:
        graph = opened.subgraphs[0]
        assert tensors_of(graph, ["sum", "3", "s*d"]) == (2, 3, 5)
        with pytest.raises(InputError, match="'summ'; near it are 'sum'"):
            tensors_of(graph, ["summ"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "whole", "--to", "sum"], "depends on input 'left'"),
        (["--from", "shifted"], "no output of subgraph 0 depends"),
        (
            ["--from", "right", "--from", "whole", "--to", "shifted"],
            "no operator leads from tensor 1",
        ),
        (["--to", "left"], "computed by no operator"),
        (["--operators", "1-9"], "subgraph 0 has 3, counted from 0"),
        (["--operators", "x"], "no range of operators"),
        (["--operators", "1", "--to", "whole"], "leave out --from"),
        ([], "what is to be cut out"),
    ],
)
def test_what_cannot_be_cut_is_told_and_nothing_is_written(
    tmp_path: Path, tfli: Call, arguments: list[str], message: str
) -> None:
    path, target = write(tmp_path / "m.tflite", chain()), tmp_path / "part.tflite"
    found = tfli("slice", path, "-o", target, *arguments)
    assert (found.code, found.out) == (2, "")
    assert message in found.err and found.err.count("\n") == 1
    assert not target.exists()


def test_the_command_says_what_it_wrote(tmp_path: Path, tfli: Call) -> None:
    path, target = write(tmp_path / "m.tflite", chain()), tmp_path / "part.tflite"
    found = tfli("slice", path, "-o", target, "--from", "sum", "--to", "whole", "--json")
    assert found.code == 0
    said = json.loads(found.out)
    assert said["operators"] == [1] and said["size"] == target.stat().st_size
    assert [end["name"] for end in said["inputs"] + said["outputs"]] == ["sum", "whole"]
    assert tfli("slice", path, "-o", target, "--to", "whole").code == 2  # it exists


@pytest.mark.parametrize("operators", [[2], [2, 3], [3, 4, 5, 6], [7]])
def test_a_part_brings_the_variables_that_it_reads(tmp_path: Path, operators: list[int]) -> None:
    path, x = keeping(tmp_path / "m.tflite"), np.array([10], np.float32)
    whole = interpreter(path, [x], preserve=True)
    with inspector.open(path) as opened:
        region = part_of_operators(opened.subgraphs[0], operators)
        kinds = {opened.subgraphs[0].tensors[t].dtype.name for t in region.inputs + region.outputs}
        (tmp_path / "part.tflite").write_bytes(cut(opened, region))
    assert kinds == {"FLOAT32"}
    part = interpreter(tmp_path / "part.tflite", [whole.get_tensor(t) for t in region.inputs])
    for place, output in enumerate(region.outputs):
        index = part.get_output_details()[place]["index"]
        assert part.get_tensor(index) == whole.get_tensor(output)

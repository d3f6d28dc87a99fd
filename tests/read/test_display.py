"""What a prompt and a notebook show of a model; names do nothing there, damage raises nothing."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from written import made, operator, subgraph, tensor

import inspector
from inspector.read.model import Model

HOSTILE = "<script>alert('x')</script>\x1b[31m\u202e&amp;\n"


@pytest.fixture
def cnn(fixtures: Path) -> Model:
    return inspector.open(fixtures / "cnn_int8.tflite")


def hostile(folder: Path) -> Model:
    """A model whose every name would be markup, or steer a terminal."""
    code = written.code(written.CUSTOM, customCode=HOSTILE)
    options = made(schema.VarHandleOptionsT, container=HOSTILE, sharedName=HOSTILE)
    kind = schema.BuiltinOptions.VarHandleOptions
    found = operator([0], [1], builtinOptions=options, builtinOptionsType=kind)
    entry = made(schema.SignatureDefT, signatureKey=HOSTILE, inputs=[named(0)], outputs=[named(1)])
    graph = subgraph([tensor(HOSTILE), tensor(HOSTILE)], [found], name=HOSTILE)
    model = written.model([graph], operatorCodes=[code], signatureDefs=[entry])
    return inspector.open(written.write(folder / "m.tflite", model))


def named(index: int) -> Any:
    return made(schema.TensorMapT, name=HOSTILE, tensorIndex=index)


def everything(model: Model) -> list[Any]:
    """A model and all kinds of things in it."""
    graph = model.subgraphs[0]
    found = [model, model.subgraphs, graph, graph.tensors, graph.operators]
    return [*found, graph.tensors[0], graph.operators[0], *model.signatures]


class Texts(HTMLParser):
    """The tags of a document, and the texts between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert attrs == []
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(html: str) -> Texts:
    found = Texts()
    found.feed(html)
    return found


def test_a_model_says_what_it_holds(cnn: Model) -> None:
    counts = "33,200 bytes, 1 subgraph, 15 operators, 32 tensors"
    assert repr(cnn) == f"<Model {cnn.path!r}: {counts}>"


def test_a_subgraph_says_what_flows_through_it(cnn: Model) -> None:
    flow = (
        "'serving_default_image:0' int8 [1, 32, 32, 3] -> 'StatefulPartitionedCall:0' int8 [1, 10]"
    )
    assert repr(cnn.subgraphs[0]) == f"<Subgraph 0 'main': 15 operators, 32 tensors, {flow}>"


def test_records_say_what_they_are(cnn: Model) -> None:
    graph = cnn.subgraphs[0]
    image = "'serving_default_image:0': int8 [1, 32, 32, 3], buffer 1, 0.00392157 * (q + 128)"
    assert repr(graph.tensors[0]) == f"<Tensor 0:0 {image}>"
    assert repr(graph.tensors[3].quantization) == "<Quantization: 10 scales along axis 0>"
    assert repr(graph.operators[0]) == "<Operator 0:0 'CONV_2D': [0, 16, 15] -> [17]>"
    (signature,) = cnn.signatures
    told = "'serving_default' of subgraph 0: 'image': 0 -> 'probabilities': 31"
    assert repr(signature) == f"<Signature {told}>"


def test_a_sequence_shows_its_first_records(cnn: Model) -> None:
    lines = repr(cnn.subgraphs[0].operators).splitlines()
    assert lines[0] == "<15 operators of subgraph 0:"
    assert lines[1].strip() == "<Operator 0:0 'CONV_2D': [0, 16, 15] -> [17]>"
    assert (len(lines), lines[-1]) == (12, "  … 5 more>")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"scale": [0.5], "zeroPoint": [3]}, "0.5 * (q - 3)"),
        ({"scale": [float("nan")], "zeroPoint": [0]}, "nan * (q - 0)"),
        ({"scale": [0.5]}, "0.5 * (q - 0)"),
    ],
)
def test_a_quantisation_is_spelled(tmp_path: Path, fields: dict[str, Any], words: str) -> None:
    held = made(schema.QuantizationParametersT, **fields)
    model = written.model([subgraph([tensor(quantization=held)])])
    opened = inspector.open(written.write(tmp_path / "m.tflite", model))
    assert repr(opened.subgraphs[0].tensors[0].quantization) == f"<Quantization: {words}>"


def test_names_cannot_steer_a_terminal(tmp_path: Path) -> None:
    for found in everything(hostile(tmp_path)):
        assert repr(found).replace("\n", "").isprintable()


def test_names_are_no_markup(tmp_path: Path) -> None:
    shown = [x for x in everything(hostile(tmp_path)) if hasattr(x, "_repr_html_")]
    assert len(shown) == 7
    for found in shown:
        page = parsed(found._repr_html_())
        assert page.tags <= {"p", "table", "caption", "thead", "tbody", "tr", "th", "td"}
        assert any("<script>" in text for text in page.texts)
        assert all(text.isprintable() for text in page.texts)


def test_a_notebook_shows_the_operators_of_a_subgraph(cnn: Model) -> None:
    texts = parsed(cnn.subgraphs[0]._repr_html_()).texts
    assert [text for text in texts if text == "CONV_2D"] == ["CONV_2D"] * 4
    assert any("padding=SAME" in text for text in texts)


def test_long_sequences_are_cut(tmp_path: Path) -> None:
    model = written.model([subgraph([tensor("x" * 5000)] * 200)])
    opened = inspector.open(written.write(tmp_path / "m.tflite", model))
    page = opened.subgraphs[0].tensors._repr_html_()
    assert parsed(page).texts[0] == "the first 50 of 200"
    assert len(page) < 20_000
    assert len(repr(opened.subgraphs[0].tensors)) < 2_000


def test_damaged_parts_are_told_in_their_place(tmp_path: Path) -> None:
    graph = subgraph([tensor(type=99), tensor()], [operator([0, 9], [1]), operator([0], [1])])
    broken = subgraph([tensor()], inputs=[7])
    path = written.write(tmp_path / "m.tflite", written.model([graph, broken]))
    model = inspector.open(path)
    assert repr(model).endswith("2 subgraphs, 2 operators, 2 tensors, 1 damaged>")
    for found in (model.subgraphs, model.subgraphs[0].tensors, model.subgraphs[0].operators):
        assert "<damaged: " in repr(found)
        assert "<damaged: " in "".join(parsed(found._repr_html_()).texts)
    assert "tensor 0 (damaged)" in repr(model.subgraphs[0])
    assert "tensor 0 (damaged)" in "".join(parsed(model.subgraphs[0]._repr_html_()).texts)
    assert model._repr_html_()

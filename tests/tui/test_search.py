"""Searching: every word, anywhere, whatever the case; what one types is what one gets."""

from __future__ import annotations

from pathlib import Path

import pytest
from models import chain, hostile

import inspector
from inspector.tui.places import Kind, operator_at, tensor_at
from inspector.tui.search import Index, next_hit
from inspector.tui.session import Session


@pytest.fixture(scope="module")
def cnn(fixtures: Path) -> Session:
    return Session(inspector.open(fixtures / "cnn.tflite"))


def named(session: Session, word: str) -> set[int]:
    """The operators of a type, by the listing."""
    return {op.index for op in session.model.subgraphs[0].operators if word in op.name}


def test_types_are_found(cnn: Session) -> None:
    hits = Index(cnn).find("Conv_2D")
    assert {place.index for place in hits.operators} == named(cnn, "CONV_2D")


def test_attributes_and_names_are_found(cnn: Session) -> None:
    index = Index(cnn)
    strided = {place.index for place in index.find("stride=2×2").operators}
    operators = cnn.model.subgraphs[0].operators
    assert strided == {op.index for op in operators if op.options.get("stride_h") == 2}
    assert strided
    assert [place.index for place in index.find("residual add").operators] == [3]


def test_tensors_are_found_by_name_type_and_shape(cnn: Session) -> None:
    hits = Index(cnn).find("float32 1×10")
    tensors = cnn.model.subgraphs[0].tensors
    assert {place.index for place in hits.tensors} >= {
        tensor.index for tensor in tensors if tensor.shape == (1, 10)
    }


@pytest.mark.parametrize("typed", ["conv 1x8x8x32", "conv 1,8,8,32", "conv 1×8×8×32"])
def test_operators_are_found_by_the_shapes_that_they_give(cnn: Session, typed: str) -> None:
    graph = cnn.model.subgraphs[0]
    found = {place.index for place in Index(cnn).find(typed).operators}
    shapes = {op.index: graph.tensors[op.outputs[0]].shape for op in graph.operators}
    wanted = {i for i in named(cnn, "CONV") if shapes[i] == (1, 8, 8, 32)}
    assert found == wanted
    assert wanted


def test_typing_on_gives_what_asking_anew_gives(cnn: Session) -> None:
    typed, query = Index(cnn), "conv stride=1x1 relu6"
    for end in range(len(query) + 1):
        assert typed.find(query[:end]) == Index(cnn).find(query[:end])
    for end in range(len(query), -1, -1):
        assert typed.find(query[:end]) == Index(cnn).find(query[:end])


def test_nothing_is_asked_and_nothing_is_found(cnn: Session) -> None:
    assert Index(cnn).find("  ").operators == ()
    assert str(Index(cnn).find("nowhere")) == "0 operators, 0 tensors"


def test_types_and_attributes_are_counted(cnn: Session) -> None:
    operators = cnn.model.subgraphs[0].operators
    types = {op.name for op in operators if "CONV" in op.name}
    strides = {op.options["stride_h"] for op in operators if "stride_h" in op.options}
    assert Index(cnn).find("conv_2d").types == len(types) > 1
    assert Index(cnn).find("stride=").attributes == len(strides) > 1
    assert Index(cnn).find("float32 1×10").types == 1
    assert str(Index(cnn).find("max_pool")) == "1 operator, 1 tensor · 1 type"


def test_hits_are_stepped_through_around_the_end() -> None:
    hits = Index(Session(inspector.Model(chain(["a_x", "b", "c_x", "d_x"])))).find("_x").operators
    assert [place.index for place in hits] == [0, 2, 3]
    assert next_hit(hits, operator_at(0, 0), 1) == 1
    assert next_hit(hits, operator_at(0, 1), 1) == 1
    assert next_hit(hits, operator_at(0, 3), 1) == 0
    assert next_hit(hits, operator_at(0, 0), -1) == 2
    assert next_hit(hits, operator_at(0, 1), -1) == 0
    assert next_hit((), operator_at(0, 1), 1) is None


def test_where_one_kind_has_no_hits_the_other_is_stepped_through(cnn: Session) -> None:
    hits = Index(cnn).find("image")
    assert hits.of(Kind.TENSOR) == hits.tensors
    assert all(place == tensor_at(0, place.index) for place in hits.tensors)


def test_what_begins_with_the_query_comes_first_in_the_palette(cnn: Session) -> None:
    assert Index(cnn).best("add", 5)[0] == operator_at(0, 3)  # ADD, before all the BiasAdd
    assert len(Index(cnn).best("conv", 4)) == 4
    assert Index(cnn).best(" ", 4) == []


def test_hostile_names_are_searched_like_others() -> None:
    hits = Index(Session(inspector.Model(hostile()))).find("[bold red]x[/]")
    assert (len(hits.operators), len(hits.tensors)) == (4, 4)

"""Every field of every record of real files, against LiteRT's generated object classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import by_schema
import pytest
from shared_models import plain_models

import inspector
from inspector.read.model import Model

FIXTURES = sorted((Path(__file__).resolve().parents[2] / "fixtures").glob("*.tflite"))
FILES = [*(pytest.param(path, id=path.name) for path in FIXTURES), *plain_models()]


@pytest.fixture(scope="module", params=FILES)
def pair(request: pytest.FixtureRequest) -> tuple[Model, Any]:
    """A file as we read it, and as the schema's classes do."""
    return inspector.open(request.param), by_schema.unpacked(request.param.read_bytes())


def test_the_root_is_read_as_by_the_schema(pair: tuple[Model, Any]) -> None:
    ours, theirs = pair
    assert ours.version == theirs.version
    assert ours.description == by_schema.text(theirs.description)
    assert len(ours.subgraphs) == len(by_schema.items(theirs.subgraphs))
    assert ours.metadata == {
        by_schema.text(entry.name): entry.buffer for entry in by_schema.items(theirs.metadata)
    }


def test_subgraphs_are_read_as_by_the_schema(pair: tuple[Model, Any]) -> None:
    ours, theirs = pair
    for mine, graph in zip(ours.subgraphs, by_schema.items(theirs.subgraphs), strict=True):
        assert mine.name == by_schema.text(graph.name)
        assert list(mine.inputs) == by_schema.items(graph.inputs)
        assert list(mine.outputs) == by_schema.items(graph.outputs)
        assert mine.debug_metadata == graph.debugMetadataIndex


def test_tensors_are_read_as_by_the_schema(pair: tuple[Model, Any]) -> None:
    ours, theirs = pair
    for mine, graph in zip(ours.subgraphs, by_schema.items(theirs.subgraphs), strict=True):
        found = [by_schema.our_tensor_fields(ours, tensor) for tensor in mine.tensors]
        assert found == [by_schema.tensor_fields(t) for t in by_schema.items(graph.tensors)]


def test_operators_are_read_as_by_the_schema(pair: tuple[Model, Any]) -> None:
    ours, theirs = pair
    codes = by_schema.items(theirs.operatorCodes)
    for mine, graph in zip(ours.subgraphs, by_schema.items(theirs.subgraphs), strict=True):
        found = [by_schema.our_operator_fields(operator) for operator in mine.operators]
        operators = by_schema.items(graph.operators)
        assert found == [by_schema.operator_fields(operator, codes) for operator in operators]


def test_options_are_read_as_by_the_schema(pair: tuple[Model, Any]) -> None:
    ours, theirs = pair
    for mine, graph in zip(ours.subgraphs, by_schema.items(theirs.subgraphs), strict=True):
        for operator, other in zip(mine.operators, by_schema.items(graph.operators), strict=True):
            if not operator.custom:
                assert operator.options == (by_schema.builtin_options(other) or {})
            elif operator.name.startswith("Flex"):
                found = operator.options
                told = (found["op"], found["name"], {*found["attributes"]})
                assert told == by_schema.flex_options(other)
            else:
                expected = by_schema.custom_options(other)
                assert expected is None or operator.options == expected


def test_buffers_are_read_as_by_the_schema(pair: tuple[Model, Any]) -> None:
    ours, theirs = pair
    for index, buffer in enumerate(by_schema.items(theirs.buffers)):
        if buffer.offset <= 1:
            data = b"" if buffer.data is None else bytes(buffer.data)
            assert bytes(ours.buffer_bytes(index)) == data


def test_signatures_are_read_as_by_the_schema(pair: tuple[Model, Any]) -> None:
    ours, theirs = pair
    for mine, entry in zip(ours.signatures, by_schema.items(theirs.signatureDefs), strict=True):
        assert (mine.key, mine.subgraph) == (
            by_schema.text(entry.signatureKey),
            entry.subgraphIndex,
        )
        for found, maps in ((mine.inputs, entry.inputs), (mine.outputs, entry.outputs)):
            assert found == {by_schema.text(m.name): m.tensorIndex for m in by_schema.items(maps)}

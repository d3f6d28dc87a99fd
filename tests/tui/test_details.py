"""What the details say: against the interpreter, NumPy and the file's own records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from models import chain, hostile, loop

import inspector
from inspector.tui.details import Line, details_of
from inspector.tui.measuring import measured_lines
from inspector.tui.places import Kind, Place, operator_at, subgraph_at, tensor_at
from inspector.tui.session import Session


@pytest.fixture(scope="module")
def cnn(fixtures: Path) -> Session:
    return Session(inspector.open(fixtures / "cnn_int8.tflite"))


def said(lines: list[Line], label: str) -> list[str]:
    return [line.text for line in lines if line.label == label]


def test_neighbours_lead_both_ways(cnn: Session) -> None:
    operators = cnn.model.subgraphs[0].operators
    for operator in operators:
        here = operator_at(0, operator.index)
        for line in details_of(cnn, here):
            if line.label == "to" and line.target and line.target.kind is Kind.OPERATOR:
                back = details_of(cnn, line.target)
                assert here in [each.target for each in back if each.label == "from"]
                after = operators[line.target.index]
                assert {*operator.outputs} & {*after.inputs}


def test_an_operator_tells_its_attributes_and_operands(cnn: Session) -> None:
    lines = details_of(cnn, operator_at(0, 0))
    assert lines[0] == Line("", "#0 CONV_2D", style="heading")
    assert said(lines, "stride") == ["2×2"]
    assert said(lines, "activation") == ["RELU6"]
    (kernel,) = said(lines, "kernel")
    assert kernel.startswith("16×3×3×3 int8")
    assert "16 scales, axis 0" in kernel


def test_a_tensor_tells_its_quantisation_as_the_interpreter_has_it(cnn: Session) -> None:
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(cnn.model.path).get_input_details()[0]
    scale, zero = details["quantization"]
    lines = details_of(cnn, tensor_at(0, details["index"]))
    assert said(lines, "quantisation") == [f"{scale:.4g} × (q + {-zero})"]
    assert said(lines, "type") == ["int8"]
    assert said(lines, "also") == ["an input of the subgraph"]


def test_a_loop_leads_into_its_subgraphs_and_back() -> None:
    session = Session(inspector.Model(loop()))
    lines = details_of(session, operator_at(0, 1))
    targets = {line.label: line.target for line in lines}
    assert (targets["cond"], targets["body"]) == (subgraph_at(1), subgraph_at(2))
    body = details_of(session, subgraph_at(2))
    assert operator_at(2, 0) in [line.target for line in body]
    assert operator_at(0, 1) in [line.target for line in body if line.label == "run by"]


def test_the_values_of_a_constant_are_measured(cnn: Session) -> None:
    model = cnn.model
    tensor = next(t for t in model.subgraphs[0].tensors if t.shape == (16, 3, 3, 3))
    stored = np.asarray(model.data(tensor), np.float32)
    scales = np.array(tensor.quantization.scale if tensor.quantization else (), np.float32)
    real = stored * scales.reshape(-1, 1, 1, 1)
    lines = measured_lines(cnn, tensor_at(0, tensor.index), 60)
    assert said(lines, "range") == [f"{real.min():.6g} to {real.max():.6g}"]
    assert said(lines, "zeros")[0].split()[0] == str((stored == 0).sum())
    assert sum(line.style == "bar" for line in lines) > 4


def test_what_operators_compute_is_not_measured(cnn: Session) -> None:
    output = cnn.model.subgraphs[0].operators[0].outputs[0]
    assert measured_lines(cnn, tensor_at(0, output), 60) == []


def test_each_weight_of_an_operator_is_measured_in_a_line(cnn: Session) -> None:
    lines = measured_lines(cnn, operator_at(0, 0), 60)
    assert [line.label for line in lines] == ["", "kernel", "bias"]
    assert all("mean" in line.text for line in lines[1:])


def test_hostile_names_stand_in_the_lines_as_they_are() -> None:
    session = Session(inspector.Model(hostile()))
    places = [operator_at(0, 0), operator_at(0, 1), tensor_at(0, 2), subgraph_at(1)]
    assert all(details_of(session, place) for place in places)


def test_what_is_damaged_is_said_to_be() -> None:
    data = bytearray(chain(["a", "b"]))
    session = Session(inspector.Model(bytes(data)))
    at = session.model.subgraphs[0].operators[1].at
    data[at : at + 4] = b"\xff\xff\xff\x7f"  # where its table says that its fields are
    session = Session(inspector.Model(bytes(data)))
    (line,) = details_of(session, operator_at(0, 1))
    assert line.style == "warning"
    assert line.text.startswith("cannot be read: ")
    assert details_of(session, operator_at(0, 0))[0].text == "#0 ADD"


def test_a_group_names_what_it_holds_and_what_it_is_joined_with() -> None:
    names = ["low/a/x", "low/a/y", "high/x", "high/y"]
    session = Session(inspector.Model(chain(names)))
    lines = details_of(session, Place(0, Kind.GROUP, 1))
    assert said(lines, "operators") == ["2"]
    assert said(lines, "2") == ["ADD"]
    assert [line.target for line in lines if line.label == "from"] == [operator_at(0, 1)]

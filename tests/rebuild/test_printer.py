"""Expressions as source: what Python reads back, and what a formatter leaves alone."""

from __future__ import annotations

import ast

import pytest

from rebuild.printer import Printer
from rebuild.translate.expression import Name, Operand, layers, ops

x = Operand(0, (1, 4), "float32")
y = Operand(1, (1, 4), "float32")
printer = Printer({0: "x", 1: "y"})


@pytest.mark.parametrize(
    ("node", "source"),
    [
        (x + y * 2.0, "x + y * 2.0"),
        ((x + y) * 2.0, "(x + y) * 2.0"),
        (x - (y - 1), "x - (y - 1)"),
        (1 / (x * y), "1 / (x * y)"),
        (-(x + y), "-(x + y)"),
        ((-x)[0], "(-x)[0]"),
        ((x + y)[:, 1:3], "(x + y)[:, 1:3]"),
        (x[..., ::-1], "x[..., ::-1]"),
        (x[None], "x[None]"),
        (x * -1.0, "x * -1.0"),
        (ops.mean(x, axis=(1,), keepdims=True), "ops.mean(x, axis=(1,), keepdims=True)"),
        (layers.Dense(3, name="a")(x), 'layers.Dense(3, name="a")(x)'),
        (layers.Add()([x, y]), "layers.Add()([x, y])"),
        (ops.pad(x, ((0, 1), (2, 3))), "ops.pad(x, ((0, 1), (2, 3)))"),
        (ops.full(float("inf")), 'ops.full(float("inf"))'),
    ],
)
def test_flat(node: object, source: str) -> None:
    assert printer.flat(node) == source
    ast.parse(source)


def test_a_long_statement_is_broken_in_its_brackets() -> None:
    node = layers.Conv2D(
        128, 3, strides=2, padding="same", activation="relu6", name="block_13_expand_convolution"
    )(x)
    assert printer.statement("x = ", node) == [
        "    x = layers.Conv2D(",
        "        128,",
        "        3,",
        "        strides=2,",
        '        padding="same",',
        '        activation="relu6",',
        '        name="block_13_expand_convolution",',
        "    )(x)",
    ]


def test_a_left_side_too_long_for_the_call_beside_it_takes_brackets() -> None:
    targets = ", ".join(f"the_calibration_of_the_first_input_{i}" for i in range(2))
    assert printer.assignment(targets, ops.split(x, 2, axis=1)) == [
        [f"    {targets} = (", "        ops.split(x, 2, axis=1)", "    )"]
    ]


def test_a_call_of_a_layer_that_is_broken_keeps_its_keywords() -> None:
    states = [Name("the_output_that_the_last_call_left"), Name("the_cell_that_the_last_call_left")]
    targets = "the_outputs_of_the_steps, the_last_of_these, the_last_of_the_cells"
    node = layers.LSTM(4, return_state=True)(x, initial_state=states)
    assert printer.statement(f"{targets} = ", node) == [
        f"    {targets} = layers.LSTM(",
        "        4, return_state=True",
        "    )(",
        "        x,",
        "        initial_state=[",
        "            the_output_that_the_last_call_left,",
        "            the_cell_that_the_last_call_left,",
        "        ],",
        "    )",
    ]


def test_a_part_of_what_a_layer_gives_is_broken_as_the_call_is() -> None:
    states = [Name("the_output_that_the_last_call_left"), Name("the_cell_that_the_last_call_left")]
    node = layers.LSTMCell(4, name="the_first_of_the_cells")(x, states)[1]
    assert printer.statement("output, cell = ", node) == [
        '    output, cell = layers.LSTMCell(4, name="the_first_of_the_cells")(',
        "        x, [the_output_that_the_last_call_left, the_cell_that_the_last_call_left]",
        "    )[1]",
    ]


def test_a_left_side_that_leaves_no_room_for_a_layer_takes_brackets() -> None:
    targets = ", ".join(f"the_calibration_of_the_input_{i}" for i in range(2))
    node = layers.Bidirectional(layers.LSTM(4, return_sequences=True, return_state=True))
    assert printer.statement(f"{targets} = ", node(x, initial_state=[y, y])) == [
        f"    {targets} = (",
        "        layers.Bidirectional(layers.LSTM(4, return_sequences=True, return_state=True))(",
        "            x, initial_state=[y, y]",
        "        )",
        "    )",
    ]


def test_names_from_a_file_cannot_leave_their_string() -> None:
    written = printer.flat(layers.ReLU(name='a"); import os; ("\n'))
    assert ast.literal_eval(written.partition("name=")[2][:-1]) == 'a"); import os; ("\n'


def test_a_long_sum_is_broken_before_its_operators() -> None:
    names = {0: "the_values_of_the_first_branch_of_the_net", 1: "the_values_of_the_other_branch"}
    assert Printer(names).statement("x = ", x - y * x + y) == [
        "    x = (",
        f"        {names[0]}",
        f"        - {names[1]} * {names[0]}",
        f"        + {names[1]}",
        "    )",
    ]


def test_a_long_dictionary_has_an_entry_a_line() -> None:
    node = layers.State({f"the_state_of_layer_{i}": (1, 2, 3) for i in range(3)}, name="state")
    assert printer.statement("state = ", node) == [
        "    state = layers.State(",
        "        {",
        '            "the_state_of_layer_0": (1, 2, 3),',
        '            "the_state_of_layer_1": (1, 2, 3),',
        '            "the_state_of_layer_2": (1, 2, 3),',
        "        },",
        '        name="state",',
        "    )",
    ]

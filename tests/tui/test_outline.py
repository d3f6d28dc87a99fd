"""The outline: groups by scope, by structure, by neither; opening and closing."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from ai_edge_litert import schema_py_generated as schema
from models import chain

import inspector
from inspector.tui.outline import FEW, Group, Outline
from inspector.tui.places import Kind, Place, operator_at
from inspector.tui.session import Session
from inspector.tui.structure import Run, runs

ADD, MUL, SUB = (getattr(schema.BuiltinOperator, name) for name in ("ADD", "MUL", "SUB"))


def outline(names: list[str], kinds: list[int] | None = None) -> Outline:
    return Session(inspector.Model(chain(names, kinds))).outline(0)


def tree(outline: Outline) -> list[str]:
    """The rows as text."""
    return [
        "  " * depth + (f"{item.label}/" if isinstance(item, Group) else str(item))
        for item, depth in outline.rows
    ]


def test_scopes_become_groups() -> None:
    names = ["low/a/add", "low/a/mul", "low/b/add", "low/b/sub", "high/add", "high/mul"]
    low = ["low/", "  a/", "    0", "    1", "  b/", "    2", "    3"]
    assert tree(outline(names)) == [*low, "high/", "  4", "  5"]


def test_numbered_words_are_scopes() -> None:
    names = [f"block_{i}_{part}/add" for i in (1, 2) for part in ("expand", "project")]
    assert tree(outline(names)) == ["block_1/", "  0", "  1", "block_2/", "  2", "  3"]


def test_scopes_that_are_met_again_are_one_group() -> None:
    names = ["left/a/add", "right/a/add", "left/b/add", "right/b/add"]
    assert tree(outline(names)) == ["left/", "  0", "  2", "right/", "  1", "  3"]


def test_without_scopes_blocks_are_found_by_structure() -> None:
    kinds = [SUB, *[ADD, MUL] * 3, SUB]
    found = tree(outline([f"t{i}" for i in range(8)], kinds))
    blocks = [row for row in found if row.endswith("/")]
    assert blocks == ["block 1.1/", "block 1.2/", "block 1.3/"]
    assert [row.strip() for row in found if row not in blocks] == list(map(str, range(8)))


def test_without_either_operators_stand_in_their_order() -> None:
    assert tree(outline([f"t{i}" for i in range(4)])) == ["0", "1", "2", "3"]


def test_a_run_covers_as_much_as_any_that_could_be_found() -> None:
    for items in product("abc", repeat=7):
        found = runs(items)
        for run in found:
            block = items[run.start : run.start + run.length]
            assert items[run.start : run.end] == block * run.times
            assert run.times > 1
            assert len(set(block)) > 1
        assert all(before.end <= after.start for before, after in pairwise(found))
        if not found:
            assert not any(repeats(items, at, length) for at in range(7) for length in (2, 3))


def repeats(items: tuple[str, ...], at: int, length: int) -> bool:
    """Whether a block of different items stands twice in a row, by looking."""
    block = items[at : at + length]
    return len(set(block)) > 1 and items[at + length : at + 2 * length] == block


def test_the_run_that_covers_most_is_taken() -> None:
    assert runs("xabababy") == [Run(1, 2, 3)]
    assert runs("aabaab") == [Run(0, 3, 2)]
    assert runs("aaaaaa") == []


NESTED = ["a/b/x", "a/b/y", "a/c/x", "a/c/y", "d/x", "d/y"]


def test_closing_hides_and_opening_shows_again() -> None:
    found = outline(NESTED)
    whole = tree(found)
    found.close(1)
    assert tree(found) == ["a/", "  b/", "  c/", "    2", "    3", "d/", "  4", "  5"]
    found.close(0)
    assert tree(found) == ["a/", "d/", "  4", "  5"]
    found.open(0)
    assert tree(found) == ["a/", "  b/", "  c/", "    2", "    3", "d/", "  4", "  5"]
    found.open(1)
    assert tree(found) == whole
    found.close_all()
    found.open_all()
    assert tree(found) == whole


@pytest.mark.parametrize("index", range(4))
def test_reveal_opens_the_groups_around(index: int) -> None:
    found = outline(NESTED)
    found.close_all()
    row = found.reveal(operator_at(0, index))
    assert found.rows[row].item == index
    assert found.place(row) == operator_at(0, index)
    assert isinstance(found.rows[found.parent(row)].item, Group)


def test_a_hidden_operator_is_stood_for_by_its_group() -> None:
    found = outline(NESTED)
    found.close(1)
    assert found.visible_row(operator_at(0, 1)) == 1
    assert found.visible_row(operator_at(0, 2)) == 3
    found.close_all()
    assert found.visible_row(Place(0, Kind.GROUP, 1)) == 0


def test_groups_sum_what_is_in_them() -> None:
    found = outline(NESTED)
    sums = {group.label: group.operators for group in found.groups}
    assert sums == {"a": 4, "b": 2, "c": 2, "d": 2}
    assert [*found.operators_in(found.groups[0])] == [0, 1, 2, 3]


def test_an_outline_of_many_begins_closed() -> None:
    names = [f"scope_{i % 10}/op{i}/add" for i in range(FEW + 10)]
    assert tree(outline(names)) == [f"scope_{i}/" for i in range(10)]

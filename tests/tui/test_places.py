"""Addresses of places."""

from __future__ import annotations

import pytest

from inspector.errors import InputError
from inspector.tui.places import Kind, Place, operator_at, parsed, subgraph_at, tensor_at


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("17", operator_at(3, 17)),
        ("#17", operator_at(3, 17)),
        (" t5 ", tensor_at(3, 5)),
        ("1:17", operator_at(1, 17)),
        ("1:t5", tensor_at(1, 5)),
        ("s2", subgraph_at(2)),
    ],
)
def test_addresses(text: str, place: Place) -> None:
    assert parsed(text, 3) == place


@pytest.mark.parametrize("place", [operator_at(1, 2), tensor_at(0, 9), subgraph_at(4)])
def test_a_place_is_found_by_its_own_address(place: Place) -> None:
    assert parsed(place.address, 7) == place


@pytest.mark.parametrize("text", ["", "-1", "1:", "t", "x5", "1:2:3", "1e3", "9" * 30, "٣"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no address; 17 is an operator"):
        parsed(text, 0)


def test_kinds_have_signs_of_their_own() -> None:
    assert len({kind.value for kind in Kind}) == len(Kind)

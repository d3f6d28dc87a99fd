"""Going back and forth."""

from __future__ import annotations

from inspector.tui.history import MOST, History
from inspector.tui.places import operator_at

A, B, C, D = (operator_at(0, i) for i in range(4))


def test_back_and_forward_are_each_others_inverse() -> None:
    history = History()
    history.leave(A)
    history.leave(B)
    assert history.back(C) == B
    assert history.back(B) == A
    assert history.back(A) is None
    assert history.forward(A) == B
    assert history.forward(B) == C
    assert history.forward(C) is None


def test_a_new_way_forgets_the_old_one() -> None:
    history = History()
    history.leave(A)
    assert history.back(B) == A
    history.leave(A)
    assert history.forward(D) is None
    assert history.back(D) == A


def test_back_never_leads_to_where_one_is() -> None:
    history = History()
    history.leave(A)
    history.leave(B)
    assert history.back(B) == A


def test_the_oldest_steps_are_forgotten() -> None:
    history = History()
    for index in range(MOST + 5):
        history.leave(operator_at(0, index))
    here, steps = operator_at(1, 0), 0
    while (place := history.back(here)) is not None:
        here, steps = place, steps + 1
    assert (steps, here) == (MOST, operator_at(0, 5))

"""What is wrong by channel: another bias, or one channel only."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.compare.hints.activation import is_real
from inspector.compare.hints.bare import Bare, is_linear
from inspector.compare.hints.suspect import Guess, Suspect
from inspector.compare.reference import Arrays, Trial

LEAST_ROWS = 3
"""Elements of a channel that are off by the same, which is then no chance."""
LEAST = 3
"""Channels of which one may be wrong alone."""


def other_bias(suspect: Suspect) -> Iterator[Guess]:
    """The same added to each channel: a bias that is another."""
    if not is_linear(suspect):
        return
    base, first = Bare(suspect), suspect.trials[0]
    should = base.of(first).reshape(-1, base.of(first).shape[-1])
    found = suspect.found_real(first).reshape(should.shape)
    free = base.is_free(first).reshape(should.shape)
    if len(should) < LEAST_ROWS or not free.any():
        return
    gap = np.where(free, found - should, np.nan)
    gap[:, ~free.any(axis=0)] = -np.abs(should).max()  # so low that its activation leaves nothing
    shift = np.nanmedian(gap, axis=0)
    yield Guess(
        "its bias looks like another one: each channel is off by a constant",
        lambda trial: base.active(base.of(trial) + shift),
    )


def one_channel(suspect: Suspect) -> Iterator[Guess]:
    """Nothing wrong but for one output channel."""
    if len(suspect.unit.outputs) != 1 or not is_real(suspect.output()):
        return
    shape = suspect.trials[0].expected[0].shape
    if not shape or shape[-1] < LEAST or suspect.trials[0].found[0].size != np.prod(shape):
        return
    gaps = [
        abs(suspect.found_real(t).reshape(shape) - suspect.expected_real(t)) for t in suspect.trials
    ]
    by_channel = np.max([gap.reshape(-1, shape[-1]).max(axis=0) for gap in gaps], axis=0)
    worst = int(by_channel.argmax())

    def values(trial: Trial) -> Arrays:
        mixed = trial.expected[0].copy()
        mixed[..., worst] = suspect.as_output(suspect.found_real(trial).reshape(shape))[0][
            ..., worst
        ]
        return [mixed]

    yield Guess(f"only its output channel {worst} of {shape[-1]} is wrong", values, is_rerun=False)

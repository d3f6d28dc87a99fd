"""Numbers that are off by a factor or an offset: a scale, a normalisation, a bias.

The factors are fitted to what the candidate gave, and then tried.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inspector.compare.hints.bare import Bare, is_fit, is_linear
from inspector.compare.hints.kernel import constants
from inspector.compare.hints.remake import Parts
from inspector.compare.hints.suspect import Guess, Suspect

FACTORS = (2.0, 0.5, 4.0, 0.25, 10.0, 0.1)
"""By which a stored scale may be off."""
SAME = 1e-3
"""A fitted factor this near to 1 is none."""


def stored_scale(suspect: Suspect) -> Iterator[Guess]:
    """Another scale of quantised weights; that of the bias goes with it."""
    biases = dict(constants(suspect, "bias"))
    for operator, kernel in constants(suspect, "kernel"):
        if not kernel.is_quantized:
            continue
        scaled = [kernel.index, *(t.index for o, t in biases.items() if o == operator)]
        for factor in FACTORS:

            def change(parts: Parts, scaled: list[int] = scaled, factor: float = factor) -> None:
                for tensor in scaled:
                    held = parts.quantization(tensor)
                    if held is not None and held.scale is not None:
                        held.scale = np.asarray(held.scale) * np.float32(factor)

            yield Guess(
                f"its kernel's scale looks multiplied by {factor:g}", suspect.changed(change)
            )


def output_scaled(suspect: Suspect) -> Iterator[Guess]:
    """A multiple of what should come out, before its activation."""
    if not is_fit(suspect):
        return
    base = Bare(suspect)
    factor = base.fit([lambda trial: base.of(trial)])
    if factor is not None and abs(factor[0] - 1) > SAME:
        yield Guess(
            f"its output looks multiplied by {factor[0]:.4g}",
            lambda trial: base.active(factor[0] * base.of(trial)),
        )


def input_scaled(suspect: Suspect) -> Iterator[Guess]:
    """A multiple of the input, or of the kernel, with the bias as it is."""
    if not is_linear(suspect):
        return
    base = Bare(suspect)
    factor = base.fit([base.linear], base.constant)
    if factor is not None and abs(factor[0] - 1) > SAME:
        yield Guess(
            f"its kernel, or its input, looks multiplied by {factor[0]:.4g}",
            lambda trial: base.active(factor[0] * base.linear(trial) + base.constant(trial)),
        )


def input_normalised(suspect: Suspect) -> Iterator[Guess]:
    """The input shifted and scaled: normalised otherwise."""
    if not is_linear(suspect):
        return
    base = Bare(suspect)
    found = base.fit([base.linear, base.ones], base.constant)
    if found is not None:
        yield Guess(
            f"its input looks normalised otherwise: {formula(*found)}",
            lambda trial: base.active(
                found[0] * base.linear(trial) + found[1] * base.ones(trial) + base.constant(trial)
            ),
        )


def output_normalised(suspect: Suspect) -> Iterator[Guess]:
    """What should come out, shifted and scaled."""
    if not is_fit(suspect):
        return
    base = Bare(suspect)
    found = base.fit([base.of, lambda trial: np.ones_like(base.of(trial))])
    if found is not None:
        plain = abs(found[0] - 1) < SAME
        how = f"shifted by {found[1]:.4g}" if plain else f"normalised otherwise: {formula(*found)}"
        yield Guess(
            f"its output looks {how}",
            lambda trial: base.active(found[0] * base.of(trial) + found[1]),
        )


def formula(factor: float, offset: float) -> str:
    """`0.5 x - 1`."""
    return f"{factor:.4g} x {'-' if offset < 0 else '+'} {abs(offset):.4g}"

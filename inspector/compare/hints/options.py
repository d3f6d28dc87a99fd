"""Options taken otherwise: how a picture is resized, how a function is approximated."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.compare.hints.remake import Parts
from inspector.compare.hints.suspect import Guess, Suspect

RESIZES = frozenset({"RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"})
WAYS = {
    (False, True): "half-pixel centres (half_pixel_centers)",
    (True, False): "aligned corners (align_corners)",
    (False, False): "neither half-pixel centres nor aligned corners",
}
"""By (align_corners, half_pixel_centers), how a kernel finds the place that a pixel comes from."""


def resize(suspect: Suspect) -> Iterator[Guess]:
    """A picture scaled between other places."""
    for operator in suspect.operators:
        if operator.name not in RESIZES:
            continue
        own = operator.options["align_corners"], operator.options["half_pixel_centers"]
        for way, words in WAYS.items():
            if way == own:
                continue

            def change(
                parts: Parts, index: int = operator.index, way: tuple[bool, bool] = way
            ) -> None:
                options = parts.options(index)
                options.alignCorners, options.halfPixelCenters = way

            yield Guess(f"it looks resized with {words}", suspect.changed(change))


def approximate(suspect: Suspect) -> Iterator[Guess]:
    """GELU by its definition, or by the approximation with a hyperbolic tangent."""
    for operator in suspect.operators:
        if operator.name == "GELU":
            own = bool(operator.options["approximate"])
            words = "by its definition, not approximated" if own else "approximated by tanh"

            def change(parts: Parts, index: int = operator.index, other: bool = not own) -> None:
                parts.options(index).approximate = other

            yield Guess(f"its GELU looks computed {words}", suspect.changed(change))

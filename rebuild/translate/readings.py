"""The readings of quantised tensors, by the names that `tfli rebuild --quantized` gives them."""

from __future__ import annotations

from rebuild.translate.integer_reading import Integer
from rebuild.translate.quantized import Exact, Float, Reading

READINGS: dict[str, type[Reading]] = {"float": Float, "exact": Exact, "integer": Integer}
"""What makes each; one serves one translation."""

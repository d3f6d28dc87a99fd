"""Hadamard rotations."""

from __future__ import annotations

from flatbuffers import flexbuffers

from tests.one_operator import Case, Input


def hadamard(size: int, *shape: int) -> Case:
    options = {"hadamard_size": size, "random_binary_vector": [1, -1] * (size // 2)}
    return Case(
        "aeq.hadamard_rotation",
        [Input(shape)],
        custom=bytes(flexbuffers.Dumps(options)),
        shapes=[shape],
    )


CASES = {
    "hadamard": hadamard(8, 3, 8),
    "hadamard of parts": hadamard(4, 3, 12),
    "hadamard of batches": hadamard(16, 2, 3, 32),
    "hadamard large": hadamard(256, 2, 512),
    "hadamard of one": hadamard(1, 2, 5),
}
HELPERS = {"Hadamard": "hadamard of parts"}

"""Random numbers by given seeds: the interpreter's own."""

from __future__ import annotations

import numpy as np

from tests.one_operator import Case, Input

SEEDS = {"seed": 1234, "seed2": -7}
SHAPE = np.array([3, 7], "int32")
LOGITS = Input((3, 5))

CASES = {
    **{
        f"{name} {shape is SHAPE} {seeds}": Case(
            name, [shape], seeds, output_dtype="float32", unused=[Input((1,))]
        )
        for name in ("RANDOM_UNIFORM", "RANDOM_STANDARD_NORMAL")
        for shape in (SHAPE, Input((2,), "int32", 2, 6))
        for seeds in (SEEDS, {"seed": 0, "seed2": 3})
    },
    **{
        f"multinomial {kind} {samples}": Case(
            "MULTINOMIAL", [LOGITS, samples], SEEDS, output_dtype=kind
        )
        for kind in ("int32", "int64")
        for samples in (np.int32(9), Input((), "int32", 1, 9))
    },
}
HELPERS = {
    "RandomNumbers": "RANDOM_UNIFORM False {'seed': 1234, 'seed2': -7}",
    "Multinomial": "multinomial int32 9",
}

"""Tables, hashes and words."""

from __future__ import annotations

import numpy as np

from tests.one_operator import Case, Input

KEYS = np.array([-3, 1, 4, 9], "int32")
SOUGHT = Input((6,), "int32", -4, 10)
SEEDS = np.random.default_rng(1).normal(size=(3, 4)).astype("float32")
IDS = Input((4,), "int32", 0, 5)
INDICES = np.array([[0, 0], [0, 2], [2, 0], [2, 1]], "int32")
DEEP = np.array([[0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 1, 0]], "int32")
WEIGHTS = Input((4,), low=0.5, high=2)
TABLE = np.random.default_rng(2).normal(size=(5, 3)).astype("float32")
SUM, MEAN, SQRTN = 0, 1, 2
SPARSE, DENSE = 1, 2
WORDS = ("a b c d", " lost b c", "one", "", "tab\tand  two spaces ", " lonely")


class Sentence(Input):
    """One text that is always the same."""

    def __init__(self, text: str) -> None:
        super().__init__((1,), "object")
        self.text = text

    def draw(self, _rng: np.random.Generator) -> np.ndarray:
        return np.array([self.text.encode()], object)


def lookup(rows: Input | np.ndarray) -> Case:
    kinds = (str(rows.dtype), "uint8")
    return Case("HASHTABLE_LOOKUP", [SOUGHT, KEYS, rows], outputs=2, output_dtypes=kinds)


def projection(kind: int, *operands: Input | np.ndarray) -> Case:
    return Case("LSH_PROJECTION", [SEEDS, *operands], {"type": kind}, output_dtype="int32")


def embedding(indices: np.ndarray, shape: object, combiner: int, table: object = TABLE) -> Case:
    operands = [IDS, indices, shape, WEIGHTS, table]
    return Case("EMBEDDING_LOOKUP_SPARSE", operands, {"combiner": combiner}, output_dtype="float32")


CASES = {
    "lookup": lookup(Input((4, 3))),
    "lookup of a constant": lookup(np.array([7, 8, 9, 10], "int32")),
    "projection": projection(DENSE, Input((5, 2))),
    "projection of integers": projection(DENSE, Input((5,), "int64", 0, 99)),
    "projection weighted": projection(DENSE, Input((4, 2), "int32", 0, 9), Input((4,))),
    "projection sparse": projection(SPARSE, Input((5, 2, 2)), Input((5,))),
    **{
        f"embedding {combiner}": embedding(INDICES, np.array([3, 3], "int32"), combiner)
        for combiner in (SUM, MEAN, SQRTN)
    },
    "embedding in three axes": embedding(DEEP, np.array([2, 2, 2], "int32"), MEAN),
    "embedding of blocks": embedding(INDICES, np.array([3, 3], "int32"), SQRTN, Input((5, 2, 2))),
    "embedding to a given shape": embedding(INDICES, Input((2,), "int32", 3, 4), MEAN),
    **{
        f"words {text!r} {size} {skip} {every}": Case(
            "SKIP_GRAM",
            [Sentence(text)],
            {"ngramSize": size, "maxSkipSize": skip, "includeAllNgrams": every},
        )
        for text in WORDS
        for size, skip, every in ((1, 0, False), (2, 0, False), (2, 1, True), (3, 2, True))
    },
}
HELPERS = {
    "TableLookup": "lookup",
    "LSHProjection": "projection",
    "EmbeddingLookupSparse": "embedding 1",
    "SkipGram": "words 'a b c d' 2 1 True",
}

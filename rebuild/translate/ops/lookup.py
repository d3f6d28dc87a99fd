"""Tables, hashes and words (kernels/hashtable_lookup.cc, lsh_projection.cc, skip_gram.cc, ...)."""

from __future__ import annotations

from typing import Any

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, helpers
from rebuild.translate.registry import TranslationError, op

MOST_GROUPS = 1000
"""Ways to choose a group's words that a script spells out."""


@op("HASHTABLE_LOOKUP", needs_tensorflow=True)
def hashtable_lookup(cx: Context, sought: Operand, keys: Operand, rows: Operand) -> Expression:
    """Rows [k, ...] of a table by sorted keys [n]; zeros where a key is not there, and whether."""
    if keys.shape[0] != rows.shape[0] or not keys.shape[0]:
        raise TranslationError(f"it has {keys.shape[0]} keys, and {rows.shape[0]} rows")
    return helpers.TableLookup()(sought, cx.tensor(keys), cx.tensor(rows))


@op("LSH_PROJECTION", needs_tensorflow=True)
def lsh_projection(
    cx: Context, seeds: Operand, x: Operand, weights: Operand | None = None, *, type: str = ""
) -> Expression:
    """Bits of items x [n, ...] for seeds [functions, bits], as bits or as a number a function."""
    if type not in ("SPARSE", "DENSE"):
        raise TranslationError(f"its projection is {type or 'of no type'}")
    if seeds.shape[1] > 32 or x.dtype == "string" or not x.elements:
        raise TranslationError(f"it projects {x.dtype}{list(x.shape)} to {seeds.shape[1]} bits")
    made = helpers.LSHProjection(**({"sparse": True} if type == "SPARSE" else {}))
    given = [cx.tensor(operand) for operand in (seeds, x, weights) if operand is not None]
    return made(*given)


@op("SKIP_GRAM", needs_tensorflow=True)
def skip_gram(
    cx: Context,
    sentence: Operand,
    *,
    ngram_size: int = 0,
    max_skip_size: int = 0,
    include_all_ngrams: bool = False,
) -> Expression:
    """Groups of words of the first sentence that stand near each other, in order."""
    groups = (max_skip_size + 1) ** min(ngram_size - 1, 64) if ngram_size > 0 else 0
    if max_skip_size < 0 or not 0 < groups <= MOST_GROUPS:
        raise TranslationError(
            f"it chooses {ngram_size} words with {max_skip_size} between them; at most "
            f"{MOST_GROUPS} ways to do so are written out"
        )
    options: dict[str, Any] = {"skip": max_skip_size} if max_skip_size else {}
    options |= {"all_sizes": True} if include_all_ngrams else {}
    return helpers.SkipGram(ngram_size, **options)(sentence)


@op("EMBEDDING_LOOKUP_SPARSE", needs_tensorflow=True)
def embedding_lookup_sparse(
    cx: Context,
    ids: Operand,
    indices: Operand,
    shape: Operand,
    weights: Operand,
    table: Operand,
    *,
    combiner: str = "SUM",
) -> Expression:
    """Rows of table [rows, ...] by ids [n], times weights [n], combined by their indices."""
    if shape.shape[0] != indices.shape[1]:
        raise TranslationError(f"its indices have {indices.shape[1]} axes, not {shape.shape[0]}")
    options: dict[str, Any] = {} if combiner == "SUM" else {"combiner": combiner.lower()}
    given = [cx.tensor(operand) for operand in (ids, indices, weights, table)]
    if shape.is_static:
        options["shape"] = list(cx.integers(shape, "shape"))
    else:
        given.append(shape)
    return helpers.EmbeddingLookupSparse(**options)(*given)

"""Models that keep something behind a handle: a variable, a table of strings."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.run.graphs import TYPES, call, packed
from tests.written import subgraph, tensor


def keeping(path: Path, start: float = 1, step: float = 2, factor: float = 3) -> Path:
    """v = start, once; then next = v + step, y = factor * next, v = next, v = end = v + x.

    Outputs: y and end; a run goes on from the end of the one before.
    """
    once = call("CALL_ONCE", [], [], initSubgraphIndex=1)
    names = ("step", "factor", "v", "next", "y", "kept", "end")
    tensors = [
        tensor("x", [1]),
        tensor("handle", [], type=TYPES.RESOURCE),
        *(tensor(name, [1], buffer=2 + i if i < 2 else 0) for i, name in enumerate(names)),
    ]
    operators = [
        once,
        call("VAR_HANDLE", [], [1], sharedName="v"),
        call("READ_VARIABLE", [1], [4]),
        call("ADD", [4, 2], [5]),
        call("MUL", [5, 3], [6]),
        call("ASSIGN_VARIABLE", [1, 5], []),
        call("READ_VARIABLE", [1], [7]),
        call("ADD", [7, 0], [8]),
        call("ASSIGN_VARIABLE", [1, 8], []),
    ]
    main = subgraph(tensors, operators, inputs=[0], outputs=[6, 8])
    handle = tensor("handle", [], type=TYPES.RESOURCE)
    first = subgraph(
        [handle, tensor("start", [1], buffer=1)],
        [call("VAR_HANDLE", [], [0], sharedName="v"), call("ASSIGN_VARIABLE", [0, 1], [])],
        inputs=[],
        outputs=[],
    )
    return packed(path, [main, first], *np.array([[start], [step], [factor]], np.float32))


def recalling(path: Path, gain: float = 2, feedback: float = 0.5) -> Path:
    """u = gain * x; h = y = u + feedback * h: an RNN behind a MUL, whose state is a tensor."""
    tensors = [
        tensor("x", [1, 1]),
        tensor("gain", [1], buffer=1),
        tensor("u", [1, 1]),
        tensor("W", [1, 1], buffer=2),
        tensor("R", [1, 1], buffer=3),
        tensor("b", [1], buffer=4),
        tensor("h", [1, 1], isVariable=True),
        tensor("y", [1, 1]),
    ]
    operators = [call("MUL", [0, 1], [2]), call("RNN", [2, 3, 4, 5, 6], [7])]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[7])
    weights = np.array([gain]), np.array([[1]]), np.array([[feedback]]), np.array([0])
    return packed(path, [graph], *(weight.astype(np.float32) for weight in weights))


def looking_up(path: Path, *values: bytes) -> Path:
    """A table of the values for the keys 0, 1...: which is that of a key? Input: the key."""
    keys = np.arange(len(values), dtype=np.int64)
    table = {"tableId": 7, "keyDtype": TYPES.INT64, "valueDtype": TYPES.STRING}
    handle, key = tensor("table", [1], type=TYPES.RESOURCE), tensor("key", [1], type=TYPES.INT64)
    texts = [tensor(n, [1], type=TYPES.STRING, buffer=b) for n, b in (("other", 3), ("found", 0))]
    main = subgraph(
        [key, handle, *texts],
        [
            call("CALL_ONCE", [], [], initSubgraphIndex=1),
            call("HASHTABLE", [], [1], **table),
            call("HASHTABLE_FIND", [1, 0, 2], [3]),
        ],
        inputs=[0],
        outputs=[3],
    )
    size = [len(values)]
    held = [
        handle,
        tensor("keys", size, type=TYPES.INT64, buffer=1),
        tensor("values", size, type=TYPES.STRING, buffer=2),
    ]
    filled = [call("HASHTABLE", [], [0], **table), call("HASHTABLE_IMPORT", [0, 1, 2], [])]
    first = subgraph(held, filled, inputs=[], outputs=[])
    return packed(path, [main, first], keys, stored_strings(*values), stored_strings(b"none"))


def stored_strings(*texts: bytes) -> np.ndarray:
    """Strings as LiteRT stores them: their count, where each begins, the end, then the bytes."""
    first = 4 * (len(texts) + 2)
    starts = first + np.cumsum([0, *map(len, texts)])
    head = np.array([len(texts), *starts], np.int32)
    return np.frombuffer(head.tobytes() + b"".join(texts), np.uint8)

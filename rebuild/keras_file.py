"""A `.keras` file as a candidate of `inspector.compare`: its functional model, run by Keras."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import numpy as np

import rebuild.helpers
from inspector.errors import InputError, RunError
from inspector.read.model import Model
from rebuild.call_candidate import Arrays, CallCandidate, Tensors
from rebuild.call_match import match_calls
from rebuild.execute import import_keras, load, said, tensorflow_error
from rebuild.keras_graph import keras_graph


def open_candidate(reference: Model, path: Path) -> KerasCandidate:
    """The model of a `.keras` file, run beside `reference`.

    Raises `InputError` where it cannot be loaded or matched, `RunError` where Keras is missing.
    """
    keras = import_keras()
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    failures = (ValueError, TypeError, KeyError, AttributeError, OSError, RuntimeError, ImportError)
    try:
        model = loaded(keras, path)
    except failures as error:
        raise InputError(f"{path}: Keras cannot load it: {said(error)}") from None
    if not (getattr(model, "inputs", None) and getattr(model, "outputs", None)):
        raise InputError(
            f"{path}: a {type(model).__name__} without a graph of its own; "
            "only functional and built sequential models can be compared"
        )
    return KerasCandidate(reference, str(path), keras, model)


def loaded(keras: Any, path: Path) -> Any:
    """The model of a file: with our helper layers, or with those of the script that lies beside it.

    Code that the file itself holds is never run (`safe_mode`).
    """
    for module in iter_modules(rebuild.helpers.__path__):
        import_module(f"rebuild.helpers.{module.name}")  # registers its layer
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError):
        script = path.parent / "model.py"
        if not (script.is_file() and (path.parent / "map.json").is_file()):
            raise
    load(script)  # of an older version, it may hold layers of its own
    return keras.saving.load_model(path, compile=False, safe_mode=True)


class KerasCandidate(CallCandidate):
    """A functional model, matched with the primary subgraph of `reference` by `match_calls`."""

    def __init__(self, reference: Model, name: str, keras: Any, model: Any) -> None:
        self.keras = keras
        self._failures = (ValueError, TypeError, RuntimeError, tensorflow_error())
        self._functions: dict[tuple[int, ...], Any] = {}
        graph = keras_graph(model.inputs, model.outputs)
        super().__init__(reference, name, graph, match_calls(reference.subgraphs[0], graph))

    def compute(self, inputs: Tensors, outputs: Tensors, feeds: Arrays) -> Arrays:
        """The values of symbolic tensors from those of others, by a model cut out between them."""
        function = self._part(inputs, outputs)
        try:
            return [np.asarray(value) for value in self.keras.tree.flatten(function(list(feeds)))]
        except self._failures as error:
            raise RunError(f"Keras fails: {said(error)}") from None

    def _part(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
        """The part of the model between symbolic tensors, made once."""
        key = (*map(id, inputs), -1, *map(id, outputs))
        if key not in self._functions:
            try:
                self._functions[key] = self.keras.Model(list(inputs), list(outputs))
            except self._failures as error:
                raise RunError(f"its layers cannot be run by themselves: {said(error)}") from None
        return self._functions[key]

"""Arrays for a model's inputs: from files where they are given, random where they are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inspector.errors import InputError
from inspector.read.model import Model
from inspector.read.records import Tensor
from inspector.run.images import read_image
from inspector.run.indices import table_rows
from inspector.run.samples import sample
from inspector.run.store import array_key, arrays_in

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a subgraph; the names that a user may call each by, to their places.

    `rows` is how many rows the table has that an input indexes, by tensor.
    """

    tensors: tuple[Tensor, ...]
    names: Mapping[str, int]
    rows: Mapping[int, int]

    def read(self, given: Iterable[str], seed: int, index: int = 0) -> list[np.ndarray]:
        """An array for each input, in order: from the files `given`, else random.

        What is not given is that of sample `index` of `seed`. Each of `given` is `NAME=FILE`, or
        `FILE` where there is one input or the file is an `.npz` whose keys name the inputs. Files
        are `.npy`, `.npz` and pictures (see `read_image`). Raises `InputError` for a name, file,
        type or shape that does not fit.
        """
        arrays = sample(self.tensors, seed, index, self.rows)
        for text in given:
            for place, array in self.parse(text).items():
                arrays[place] = array
        return arrays

    def parse(self, text: str) -> dict[int, np.ndarray]:
        """The arrays that one `NAME=FILE` or `FILE` gives, by the place of their input."""
        for name in sorted(self.names, key=len, reverse=True):
            if text.startswith(f"{name}="):
                place = self.names[name]
                return {place: self.load(Path(text[len(name) + 1 :]), place)}
        path = Path(text)
        if path.suffix.lower() == ".npz" and path.exists():
            return self.load_all(path)
        if len(self.tensors) == 1 and (path.exists() or "=" not in text):
            return {0: self.load(path, 0)}
        raise InputError(f"{text!r} names none of the inputs; they are {self.listed()}")

    def listed(self) -> str:
        """All inputs, for a message: those of a signature by its names."""
        shown = {place: name for name, place in self.names.items()}
        return ", ".join(repr(shown.get(i, t.name)) for i, t in enumerate(self.tensors)) or "none"

    def load(self, path: Path, place: int) -> np.ndarray:
        """The array of a file, for the input at `place`."""
        if not path.is_file():
            raise InputError(f"{path}: there is no such file")
        if path.suffix.lower() in PICTURES:
            return read_image(path, self.tensors[place])
        found = arrays_in(path)
        if len(found) == 1:
            return next(iter(found.values()))
        keys = [key for key in found if self.place_of(key) == place]
        if len(keys) != 1:
            raise InputError(
                f"{path}: of its {len(found)} arrays, {len(keys)} are named after input "
                f"{self.tensors[place].name!r}; name one so"
            )
        return found[keys[0]]

    def load_all(self, path: Path) -> dict[int, np.ndarray]:
        """The arrays of an `.npz` by the inputs that their keys name."""
        found = arrays_in(path)
        if len(self.tensors) == len(found) == 1:
            return {0: next(iter(found.values()))}
        named = {self.place_of(key): array for key, array in found.items()}
        named.pop(None, None)
        if not named:
            raise InputError(f"{path}: no key names an input; they are {self.listed()}")
        return {place: array for place, array in named.items() if place is not None}

    def place_of(self, key: str) -> int | None:
        """The input that a key of an `.npz` names: by a name, or as `tfli capture` writes it."""
        if key in self.names:
            return self.names[key]
        captured = [array_key(tensor) for tensor in self.tensors]
        return captured.index(key) if key in captured else None


def inputs_of(model: Model, subgraph: int = 0) -> Inputs:
    """The inputs of a subgraph, named by their tensors and by the signatures of the subgraph.

    A name that two inputs share names neither. Raises `InputError` when there is no such subgraph.
    """
    if not 0 <= subgraph < len(model.subgraphs):
        raise InputError(f"the model has {len(model.subgraphs)} subgraphs, none {subgraph}")
    graph = model.subgraphs[subgraph]
    tensors = tuple(graph.tensors[i] for i in graph.inputs)
    labels = [(tensor.name, place) for place, tensor in enumerate(tensors)]
    for signature in model.signatures:
        if signature.subgraph == subgraph:
            arguments = signature.inputs.items()
            labels += [(name, graph.inputs.index(i)) for name, i in arguments if i in graph.inputs]
    places: dict[str, set[int]] = {}
    for name, place in labels:
        places.setdefault(name, set()).add(place)
    names = {name: min(at) for name, at in places.items() if name and len(at) == 1}
    return Inputs(tensors, names, table_rows(model, graph))

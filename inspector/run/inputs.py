"""Arrays for a model's inputs: from files where they are given, random where they are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inspector.errors import InputError
from inspector.read.metadata_records import TensorMetadata, at
from inspector.read.model import Model, Subgraph
from inspector.read.records import Tensor
from inspector.run.folders import Given, members
from inspector.run.integers import integer_ranges
from inspector.run.normalization import Prepared
from inspector.run.preparation import NOTHING_ASKED, Preparation
from inspector.run.readers import endings_for, is_array, read_file, taken
from inspector.run.samples import Range, sample, stated_range
from inspector.run.shapes import parsed, reshaped
from inspector.run.store import array_key, arrays_in


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a subgraph; the names that a user may call each by, to their places.

    `about` is the metadata of each, and `integers` what those of integers may be,
    by tensor. `asked` says how pictures and sounds become numbers.
    """

    tensors: tuple[Tensor, ...]
    names: Mapping[str, int]
    integers: Mapping[int, range]
    about: tuple[TensorMetadata, ...]
    asked: Preparation = NOTHING_ASKED

    def read(self, given: Iterable[str], seed: int, index: int = 0) -> list[np.ndarray]:
        """An array for each input, in order: from the files `given`, else random.

        What is not given is that of sample `index` of `seed`. Each of `given` is `NAME=FILE`, or
        `FILE` where there is one input or the file is an `.npz` whose keys name the inputs; of a
        folder, it is the file of that sample. For what files may be, see `read_file`. Raises
        `InputError` for a name, file, type or shape that does not fit.
        """
        arrays = self.random(seed, index)
        for text in given:
            found = self.parse(text)
            if index >= len(found.files) > 0:
                raise InputError(f"{text}: holds {len(found.files)} samples, none {index}")
            for place, prepared in self.load(found, index).items():
                arrays[place] = prepared.array
        return arrays

    def random(self, seed: int, index: int) -> list[np.ndarray]:
        """Sample `index` of a seed, see `sample`."""
        return sample(self.tensors, seed, index, self.integers, self.ranges)

    @property
    def ranges(self) -> dict[int, Range]:
        """What the metadata says of the values of real inputs, by tensor."""
        pairs = zip(self.tensors, self.about, strict=True)
        told = ((tensor, stated_range(tensor, about)) for tensor, about in pairs)
        return {tensor.index: found for tensor, found in told if found}

    def reshaped(self, shapes: Iterable[str]) -> Inputs:
        """The same with sizes set that the file leaves open; each of `shapes` is `NAME=1,2,3`.

        NAME may be left out where there is one input. Raises `InputError` as `shapes.reshaped`.
        """
        tensors = list(self.tensors)
        for text in shapes:
            place, sizes = self.named(text)
            if place is None and (len(tensors) != 1 or "=" in sizes):
                raise InputError(f"--shape {text}: names none of the inputs; {self.listed()}")
            tensors[place or 0] = reshaped(tensors[place or 0], parsed(sizes))
        return replace(self, tensors=tuple(tensors))

    def named(self, text: str) -> tuple[int | None, str]:
        """The input that a text of `NAME=REST` names, and the rest; None where it names none."""
        for name in sorted(self.names, key=len, reverse=True):
            if text.startswith(f"{name}="):
                return self.names[name], text[len(name) + 1 :]
        return None, text

    def parse(self, text: str) -> Given:
        """What `NAME=FILE`, `FILE`, `NAME=FOLDER` or `FOLDER` gives.

        Raises `InputError` where it names no input, or a folder holds nothing for it.
        """
        place, rest = self.named(text)
        path, is_one = Path(rest), len(self.tensors) == 1
        if place is None and path.is_dir() and not is_one:
            return Given(path, None, members(path, (".npz",)))
        if place is None and path.suffix.lower() == ".npz" and path.is_file():
            return Given(path, None)
        if place is None and is_one and (path.exists() or "=" not in text):
            place = 0
        if place is None:
            raise InputError(f"{text!r} names none of the inputs; {self.listed()}")
        folder = path.is_dir()
        return Given(path, place, members(path, endings_for(self.tensors[place])) if folder else ())

    def load(self, given: Given, index: int = 0) -> dict[int, Prepared]:
        """The arrays of one sample, by the place of their input."""
        path, place = given.file(index), given.place
        if not path.is_file():
            raise InputError(f"{path}: there is no such file")
        if place is None:
            return self.load_all(path)
        if is_array(path):
            return {place: self.load_array(path, place)}
        return {place: read_file(path, self.called(place), self.about[place], self.asked)}

    def load_array(self, path: Path, place: int) -> Prepared:
        """The array of an `.npy`, or that of an `.npz` which is alone or named after an input."""
        found = arrays_in(path)
        keys = [key for key in found if len(found) == 1 or self.place_of(key) == place]
        if len(keys) != 1:
            raise InputError(
                f"{path}: of its {len(found)} arrays, {len(keys)} are named after input "
                f"{self.label(place)!r}; name one so"
            )
        return taken(path, found[keys[0]], self.called(place))

    def load_all(self, path: Path) -> dict[int, Prepared]:
        """The arrays of an `.npz` by the inputs that their keys name."""
        found = arrays_in(path)
        if len(self.tensors) == len(found) == 1:
            return {0: taken(path, next(iter(found.values())), self.called(0))}
        places = {key: self.place_of(key) for key in found}
        named = {place: found[key] for key, place in places.items() if place is not None}
        if not named:
            raise InputError(f"{path}: no key names an input; {self.listed()}")
        return {place: taken(path, array, self.called(place)) for place, array in named.items()}

    def place_of(self, key: str) -> int | None:
        """The input that a key of an `.npz` names: by a name, or as `tfli capture` writes it."""
        if key in self.names:
            return self.names[key]
        captured = [array_key(tensor) for tensor in self.tensors]
        return captured.index(key) if key in captured else None

    def called(self, place: int) -> Tensor:
        """An input under the name that messages give it."""
        return self.tensors[place]._replace(name=self.label(place))

    def listed(self) -> str:
        """All inputs, for a message: those of a signature by its names."""
        labels = [repr(self.label(place)) for place in range(len(self.tensors))]
        return f"they are {', '.join(labels)}" if labels else "it has none"

    def label(self, place: int) -> str:
        """What an input is called: in a signature by its name there."""
        shown = {place: name for name, place in self.names.items()}
        return shown.get(place, self.tensors[place].name)


def inputs_of(
    model: Model,
    subgraph: int = 0,
    asked: Preparation = NOTHING_ASKED,
    shapes: Iterable[str] = (),
) -> Inputs:
    """The inputs of a subgraph, named by their tensors and by the signatures of the subgraph.

    A name that two inputs share names neither. `asked` and `shapes` are as `Inputs` has them.
    Raises `InputError` when there is no such subgraph, or a shape does not fit.
    """
    if not 0 <= subgraph < len(model.subgraphs):
        raise InputError(f"the model has {len(model.subgraphs)} subgraphs, none {subgraph}")
    graph = model.subgraphs[subgraph]
    tensors = tuple(graph.tensors[i] for i in graph.inputs)
    told = model.model_metadata.subgraphs[subgraph : subgraph + 1]
    about = tuple(at(told[0].inputs if told else (), place) for place in range(len(tensors)))
    names = names_of(model, graph)
    return Inputs(tensors, names, integer_ranges(model, graph), about, asked).reshaped(shapes)


def names_of(model: Model, graph: Subgraph) -> dict[str, int]:
    """The names that mean one input each, to their places."""
    labels = [(graph.tensors[tensor].name, place) for place, tensor in enumerate(graph.inputs)]
    for signature in model.signatures:
        if signature.subgraph == graph.index:
            arguments = signature.inputs.items()
            labels += [(name, graph.inputs.index(i)) for name, i in arguments if i in graph.inputs]
    places: dict[str, set[int]] = {}
    for name, place in labels:
        places.setdefault(name, set()).add(place)
    return {name: min(held) for name, held in places.items() if name and len(held) == 1}

"""The emitted script as one TensorFlow function, which knows the operator behind each node.

The script is traced a statement at a time, as `model.py` has them, so that what coremltools cannot
convert is named by the operator of the `.tflite` file that it comes from. What the script keeps
from call to call becomes further inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from inspector.errors import RunError
from rebuild import mapping
from rebuild.call_graph import CallGraph
from rebuild.coreml.features import Names
from rebuild.coreml.graph import FACTORED
from rebuild.coreml.interface import PictureInput
from rebuild.coreml.prepare import inlined, prepare
from rebuild.execute import import_keras, load, tensorflow_error
from rebuild.keras_graph import call_of, keras_graph


@dataclass(frozen=True, slots=True)
class Variable:
    """What the script keeps under a name: the input that gives it and the output that sets it.

    `start` is what it holds before the first call, of its shape and type.
    """

    name: str
    start: Any
    given: str
    taken: str


@dataclass(frozen=True, slots=True)
class Traced:
    """A graph without variables, the names of its inputs and outputs, what its nodes stand for.

    `operators` says for the nodes of the graph, by name, which operator made them; `holders` says
    for tensors of the original which node holds their value.
    """

    graph: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    variables: tuple[Variable, ...] = ()
    operators: dict[str, int] = field(default_factory=dict)
    holders: dict[int, str] = field(default_factory=dict)

    @property
    def used_inputs(self) -> list[Any]:
        """The inputs, in order, that the outputs depend on: coremltools leaves out all others."""
        waiting = [self.graph.get_operation_by_name(name) for name in self.outputs]
        used: set[str] = set()
        while waiting:
            node = waiting.pop()
            if node.name not in used:
                used.add(node.name)
                waiting += [each.op for each in node.inputs] + list(node.control_inputs)
        return [each for each in self.placeholders if each.op.name in used]

    @property
    def placeholders(self) -> tuple[Any, ...]:
        """What stands for the inputs, in order; not what stands for variables."""
        return tuple(self.graph.get_tensor_by_name(f"{name}:0") for name in self.inputs)


class Script:
    """A folder that `rebuild.folder.write` has written, built and filled with its weights.

    Raises `RunError` when its script fails.
    """

    def __init__(self, folder: Path) -> None:
        self.mapping = mapping.read(folder / "map.json")
        self.keras = import_keras()
        module, self.values = load(folder / "model.py")
        try:
            self.model = getattr(module, self.mapping.builder)()
            module.load_weights(self.model, folder / "weights.npz")
        except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            raise RunError(f"{folder}: its model cannot be built: {error}") from error
        prepare(self.model)

    @cached_property
    def graph(self) -> CallGraph:
        """The model's graph."""
        return keras_graph(self.model.inputs, self.model.outputs)

    @cached_property
    def statements(self) -> list[tuple[int, list[Any]]]:
        """The lines that the outputs depend on, in order: each with its operator and its values."""
        made = {
            self.mapping.places[tensor].line: check.operator
            for check in self.mapping.checks
            for tensor in check.outputs
            if tensor in self.mapping.places
        }
        flat = self.keras.tree.flatten
        lines = ((made.get(line, -1), flat(self.values[line])) for line in sorted(self.values))
        return [(op, values) for op, values in lines if all(map(self.is_computed, values))]

    def is_computed(self, value: Any) -> bool:
        """Whether a value is a tensor of the primary model that its outputs depend on."""
        return id(value) in self.graph.producer

    def held(self, tensor: int) -> Any:
        """The symbolic value of a tensor of the original, or None."""
        place = self.mapping.places.get(tensor)
        value = self.values.get(place.line) if place else None
        if place and place.item >= 0 and isinstance(value, (list, tuple)):
            value = value[place.item]
        return value if self.is_computed(value) else None

    @cached_property
    def state(self) -> tuple[list[Any], list[Any]]:
        """The values that the script reads from its variables, and those that it writes to them.

        Both are empty where nothing is written: then each call starts with the same.
        """
        layer = self.mapping.kept.layer
        calls = [call_of(node.outputs[0]) for node in self.graph.nodes if layer == node.name]
        reads = [call for call in calls if len(call.arguments.args) == 1]
        writes = [call for call in calls if len(call.arguments.args) > 1]
        if not layer or not reads or not writes:
            return [], []
        return list(reads[0].output_tensors), list(writes[0].arguments.args[1])

    @cached_property
    def passed(self) -> dict[int, Any]:
        """For the value that the writing of variables passes through, the value before, by id."""
        layer = self.mapping.kept.layer
        calls = [call_of(node.outputs[0]) for node in self.graph.nodes if layer == node.name]
        return {
            id(call.output_tensors[0]): call.arguments.args[0]
            for call in calls
            if layer and len(call.arguments.args) > 1
        }


class Tracing:
    """Values of the script on a TensorFlow graph, by the ids of its symbolic tensors."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.values: dict[int, Any] = {}
        self.operators: dict[str, int] = {}

    def run(self, feeds: Sequence[Any], states: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The outputs, and what is put into the variables, for the inputs and what these held."""
        reads, writes = self.script.state
        self.give(self.script.model.inputs, feeds)
        self.give(reads, states)
        for operator, statement in self.script.statements:
            with self.noting(operator):
                self.compute(statement)
        outputs = [self.value(output) for output in self.script.model.outputs]
        return outputs, [self.value(written) for written in writes]

    def give(self, tensors: Sequence[Any], values: Iterable[Any]) -> None:
        """Let symbolic tensors have these values."""
        self.values |= {id(t): value for t, value in zip(tensors, values, strict=True)}

    def value(self, tensor: Any) -> Any:
        """What a symbolic tensor is; a number is itself."""
        if not isinstance(tensor, self.script.keras.KerasTensor):
            return self.script.keras.ops.convert_to_tensor(tensor)
        self.compute([tensor])
        return self.values[id(tensor)]

    def compute(self, tensors: Sequence[Any]) -> None:
        """Compute symbolic tensors from those that are known."""
        wanted = [tensor for tensor in tensors if id(tensor) not in self.values]
        for tensor in wanted:
            if id(tensor) in self.script.passed:
                self.give([tensor], [self.value(self.script.passed[id(tensor)])])
        wanted = [tensor for tensor in wanted if id(tensor) not in self.values]
        if wanted:
            sources = self.script.graph.made_of(wanted, self.values)
            function = self.script.keras.Function(sources, wanted)
            found = function([self.values[id(source)] for source in sources])
            # a layer may give a variable itself, which is no node of the graph
            self.give(wanted, map(tensorflow().convert_to_tensor, found))

    @contextmanager
    def noting(self, operator: int) -> Iterator[None]:
        """Note that all nodes which are made meanwhile belong to an operator."""
        graph = tensorflow().compat.v1.get_default_graph()
        before = len(graph.get_operations())
        yield
        self.operators |= {node.name: operator for node in graph.get_operations()[before:]}


def trace(script: Script, names: Names, pictures: Mapping[str, PictureInput]) -> Traced:
    """The script as a graph whose placeholders and results have those names.

    Inputs that are `pictures` are floats of the shapes that these say, and take their factors.
    """
    tf, model = tensorflow(), script.model
    tracing, variables = Tracing(script), variables_of(script)
    inputs = [*zip(names.inputs, model.inputs, strict=True)]
    inputs += [(each.given, each.start) for each in variables]
    results = (*names.outputs, *(each.taken for each in variables))

    def function(*feeds: Any) -> list[Any]:
        count = len(model.inputs)
        pairs = zip(feeds, inputs, strict=True)
        taken = [as_taken(multiplied(f, pictures.get(name)), like) for f, (name, like) in pairs]
        with inlined():
            outputs, written = tracing.run(taken[:count], taken[count:])
        pairs = zip(results, (*outputs, *written), strict=True)
        return [tf.identity(value, name=name) for name, value in pairs]

    signature = [placeholder(name, like, pictures.get(name)) for name, like in inputs]
    try:
        concrete = tf.function(function, signature, autograph=False).get_concrete_function()
    except (ValueError, TypeError, RuntimeError, tensorflow_error()) as error:
        reason = " ".join(str(error).split())[:200]
        raise RunError(f"the rebuilt model cannot be made a graph: {reason}") from error
    tensors = {t: script.held(t) for t in script.mapping.places}
    holders = {
        t: tracing.values[id(held)].op.name
        for t, held in tensors.items()
        if id(held) in tracing.values
    }
    outputs = tuple(output.op.inputs[0].op.name for output in concrete.outputs)
    return Traced(frozen(concrete), names.inputs, outputs, variables, tracing.operators, holders)


def placeholder(name: str, like: Any, picture: PictureInput | None) -> Any:
    """What stands for an input: Core ML has none without axes, and none of truth values."""
    dtype = like.dtype if isinstance(like.dtype, str) else like.dtype.name
    if picture is not None:
        return tensorflow().TensorSpec(picture.shape, "float32", name)
    shape = like.shape or (1,)
    return tensorflow().TensorSpec(shape, "int32" if dtype == "bool" else dtype, name)


def multiplied(feed: Any, picture: PictureInput | None) -> Any:
    """A picture whose channels are multiplied by their factors, where these are not all one."""
    if picture is None or set(picture.factors) == {1}:
        return feed
    axes = (-1, 1, 1) if picture.channels_first else (-1,)
    factors = np.reshape(picture.factors, axes).astype(np.float32)
    return tensorflow().multiply(feed, factors, name=f"{feed.op.name}{FACTORED}")


def as_taken(feed: Any, into: Any) -> Any:
    """An input as the script takes it; what Core ML gives may have axes that it lacks."""
    tf = tensorflow()
    shape = [size or 1 for size in into.shape]
    if feed.shape.rank != len(shape):
        feed = tf.reshape(feed, shape)
    return feed if feed.dtype == into.dtype else tf.cast(feed, into.dtype)


def frozen(function: Any) -> Any:
    """The graph of a concrete function with constants in the place of its variables."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    # control flow stays as it is: Core ML has loops and branches, and no switches
    return convert_variables_to_constants_v2(
        function, lower_control_flow=False, aggressive_inlining=True
    ).graph


def variables_of(script: Script) -> tuple[Variable, ...]:
    """The variables that a call reads and writes."""
    kept = script.mapping.kept
    if not script.state[0]:
        return ()
    layer = script.model.get_layer(kept.layer)
    return tuple(
        Variable(name, np.asarray(layer.start(name)), f"{name}_before", f"{name}_after")
        for name in layer.values
    )


def tensorflow() -> ModuleType:
    """TensorFlow, which Keras has imported by now."""
    import tensorflow

    return tensorflow  # type: ignore[no-any-return]

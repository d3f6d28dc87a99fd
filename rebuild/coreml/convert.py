"""A rebuilt script to a Core ML model: traced, checked, converted by coremltools, named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import numpy as np

from inspector.errors import InputError, UnsupportedError
from inspector.read.model import Model
from rebuild.coreml.compressed import StoredConstants, stored_constants
from rebuild.coreml.features import names_of
from rebuild.coreml.interface import classifier, describe, inputs_for, picture_inputs
from rebuild.coreml.quiet import import_coremltools, silence
from rebuild.coreml.settings import Format, Precision, Settings, StoredWeights, Target
from rebuild.coreml.supported import unsupported
from rebuild.coreml.trace import Script, Traced, trace
from rebuild.translate.program import Unsupported

FAILURES = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    RuntimeError,  # NotImplementedError among them
    ArithmeticError,
)
"""What coremltools raises where it does not get on; it has no class of its own for that."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A Core ML model, as coremltools holds it, and what it was made of.

    `constants` are those that the file holds compressed; None where they were to become floats.
    """

    mlmodel: Any
    traced: Traced
    target: Target
    constants: StoredConstants | None


class NoFormError(UnsupportedError):
    """Operators that Core ML has no form for; `operators` lists them."""

    def __init__(self, operators: Sequence[Unsupported]) -> None:
        super().__init__(
            "; ".join(f"operator {o.operator} ({o.name}): {o.reason}" for o in operators)
        )
        self.operators = tuple(operators)


def convert(model: Model, folder: Path, settings: Settings) -> Converted:
    """The model that the script in `folder`, rebuilt from `model`, computes, for Core ML.

    Raises `NoFormError` when an operator has no form there, `InputError` when the settings do not
    fit the model, and `RunError` when the script fails.
    """
    ct = import_coremltools()
    import_module("rebuild.coreml.lacking")  # adds to coremltools what it lacks
    names = names_of(model)
    pictures = picture_inputs(model, names, settings)
    config = classifier(ct, model, names, settings.labels)
    traced = trace(Script(folder), names, pictures)
    refuse(model, unsupported(traced))
    constants = constants_to_keep(model, settings)
    target = target_of(settings, traced, constants)
    try:
        with silence():
            options = {
                "inputs": inputs_for(ct, traced.used_inputs, pictures, settings),
                "classifier_config": config,
                "pass_pipeline": pipeline(ct, target, traced, constants),
            }
            made = converted(ct, traced, settings, target, options)
            describe(made, model, names, settings)
    except FAILURES as error:
        raise failure(model, traced, error) from error
    return Converted(made, traced, target, constants)


def constants_to_keep(model: Model, settings: Settings) -> StoredConstants | None:
    """The compressed constants of the file; None where they are to be floats, or have to be."""
    too_old = settings.target is Target.IOS15 or settings.format is not Format.MLPROGRAM
    if settings.weights is not StoredWeights.KEEP or too_old:
        return None
    half = settings.precision is Precision.FLOAT16
    return stored_constants(model, np.float16 if half else np.float32)


def converted(
    ct: ModuleType,
    traced: Traced,
    settings: Settings,
    target: Target,
    options: dict[str, Any],
) -> Any:
    """What coremltools makes of the graph."""
    outputs = [ct.TensorType(name=name) for name in traced.outputs]
    if settings.format is Format.MLPROGRAM:
        options["compute_precision"] = precision_of(ct, settings.precision)
        options["minimum_deployment_target"] = getattr(ct.target, target.value)
    return ct.convert(
        traced.graph.as_graph_def(add_shapes=True),
        source="tensorflow",
        outputs=outputs,
        convert_to=settings.format.value,
        skip_model_load=True,
        **options,
    )


def pipeline(
    ct: ModuleType, target: Target, traced: Traced, constants: StoredConstants | None
) -> Any:
    """coremltools' passes but one, which ends with an AttributeError where a stack is of sums.

    Before them states take the place of variables; behind them, when all others have done with the
    real numbers, compressed constants that of real ones.
    """
    passes = ct.PassPipeline.DEFAULT
    passes.remove_passes({"common::fuse_stack_split"})
    if len(traced.used_inputs) < len(traced.inputs):
        from rebuild.coreml import unused

        passes.insert_pass(0, unused.PASS)
        passes.set_options(unused.PASS, {"inputs": traced.placeholders})
    if traced.variables:
        from rebuild.coreml import state

        # it fails where an operation gives two states, as an LSTM does, and only moves updates
        passes.remove_passes({"common::canonicalize_inplace_pattern"})
        passes.insert_pass(0, state.PASS)
        passes.set_options(state.PASS, {"variables": traced.variables})
    if constants is not None:
        from rebuild.coreml.compression import PASS

        passes.append_pass(PASS)
        options = {"constants": constants, "target": getattr(ct.target, target.value)}
        passes.set_options(PASS, options)
    return passes


def precision_of(ct: ModuleType, precision: Precision) -> Any:
    """The precision in coremltools' words."""
    return ct.precision.FLOAT16 if precision is Precision.FLOAT16 else ct.precision.FLOAT32


def target_of(settings: Settings, traced: Traced, constants: StoredConstants | None) -> Target:
    """The system to convert for. Raises `InputError` where it lacks what the model needs."""
    whole = [each.name for each in traced.variables if each.start.dtype.kind in "iu"]
    if whole:
        raise InputError(
            f"the model keeps integers from call to call ({', '.join(whole)}); Core ML's states "
            "are float16, which holds them only up to 2048"
        )
    if not traced.variables:
        has_blocks = constants is not None and constants.need_blocks
        return settings.target or (Target.IOS18 if has_blocks else Target.IOS17)
    if settings.target not in (None, Target.IOS18) or settings.format is not Format.MLPROGRAM:
        names = ", ".join(each.name for each in traced.variables)
        raise InputError(
            f"the model keeps a state from call to call ({names}), which Core ML has from iOS 18 "
            "on, in packages: take --target iOS18"
        )
    return Target.IOS18


def refuse(model: Model, nodes: Sequence[tuple[int, str]]) -> None:
    """Raise `NoFormError` when some operators became what Core ML has no form for."""
    if not nodes:
        return
    operators = model.subgraphs[0].operators
    found = [
        Unsupported(index, operators[index].name if index >= 0 else "no operator", reason)
        for index, reason in nodes
    ]
    raise NoFormError(found)


def failure(model: Model, traced: Traced, error: BaseException) -> NoFormError:
    """What to raise for an error of coremltools: it names the operator that it was at."""
    reason = f"coremltools cannot convert it: {' '.join(str(error).split())[:200]}"
    operator = traced.operators.get(node_at(error), -1)
    name = model.subgraphs[0].operators[operator].name if operator >= 0 else "the model as a whole"
    return NoFormError([Unsupported(operator, name, reason)])


def node_at(error: BaseException) -> str:
    """The node of TensorFlow's graph that coremltools was at; the empty name if it was at none."""
    found, trace = "", error.__traceback__
    while trace:
        frame: FrameType = trace.tb_frame
        if frame.f_code.co_name == "convert_graph":
            found = getattr(frame.f_locals.get("node"), "name", "")
        trace = trace.tb_next
    return found

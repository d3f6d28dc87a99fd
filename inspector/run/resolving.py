"""Which kernel set a model can run under: not every set has every operator."""

from __future__ import annotations

from inspector.errors import RunError
from inspector.read.model import Model
from inspector.run.probe import Untouched
from inspector.run.runtime import Kernels, Runtime, kernels_for


def resolving(model: Model, wanted: Kernels) -> Kernels:
    """The kernels `wanted` where they have all of a model's operators, else those it runs under.

    The reference set lacks some, and newer versions of others (`kernels/register_ref.cc`).
    """
    usual = kernels_for(model)
    if usual is not Kernels.BUILTIN or wanted is usual:
        return usual
    try:
        Untouched(model, Runtime(wanted)).loaded()
    except RunError:
        return usual
    return wanted

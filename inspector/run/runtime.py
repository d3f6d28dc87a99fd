"""The interpreter: LiteRT in this process, its kernels chosen and recorded, its failures told.

For running a model, see `session`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.errors import RunError
from inspector.run.noise import quiet

if TYPE_CHECKING:
    from inspector.read.model import Model

PACKAGE = "ai-edge-litert"


class Kernels(enum.Enum):
    """Which implementations of the operators run; they agree to rounding, not to the bit."""

    BUILTIN = "builtin"
    """Optimised kernels, no delegate (`BUILTIN_WITHOUT_DEFAULT_DELEGATES`)."""
    REFERENCE = "reference"
    """The plain loops that define the operators (`BUILTIN_REF`); slow."""
    XNNPACK = "xnnpack"
    """What an application gets by default: the XNNPACK delegate, optimised kernels for the rest."""


UNRESOLVED = ("unresolved custom op", "Didn't find op for builtin opcode")
"""What LiteRT says of an operator that a kernel set does not have."""

RESOLVERS = {
    Kernels.BUILTIN: "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
    Kernels.REFERENCE: "BUILTIN_REF",
    Kernels.XNNPACK: "BUILTIN",
}


WITH_DELEGATES_ONLY = frozenset(
    {"Convolution2DTransposeBias", "MaxPoolingWithArgmax2D", "MaxUnpooling2D"}
)
"""MediaPipe's operators, which LiteRT registers only where its default delegates may be used."""


def kernels_for(model: Model) -> Kernels:
    """The kernels that a model runs under: BUILTIN, unless it has an operator that those lack."""
    names = {code.name for code in model.operator_codes}
    return Kernels.XNNPACK if names & WITH_DELEGATES_ONLY else Kernels.BUILTIN


@dataclass(frozen=True, slots=True)
class Runtime:
    """An interpreter and its settings."""

    kernels: Kernels = Kernels.BUILTIN
    threads: int = 1

    @property
    def name(self) -> str:
        """The interpreter's name."""
        return "LiteRT"

    @property
    def version(self) -> str:
        """The installed version of the interpreter."""
        return installed_version()

    def to_json(self) -> dict[str, Any]:
        """As the commands report it."""
        made = {"name": self.name, "version": self.version}
        return made | {"kernels": self.kernels.value, "threads": self.threads}

    def preparing(self) -> AbstractContextManager[None]:
        """What to put around the allocation of tensors, where the delegate announces itself."""
        return quiet() if self.kernels is Kernels.XNNPACK else nullcontext()


def interpreter(runtime: Runtime, model: bytes | Path) -> Any:
    """LiteRT's interpreter of a model."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    source = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
    with told("the model cannot be loaded", runtime):
        return Interpreter(
            **source,
            num_threads=runtime.threads,
            experimental_op_resolver_type=OpResolverType[RESOLVERS[runtime.kernels]],
        )


@cache
def installed_version() -> str:
    """The version of LiteRT; looking it up takes a millisecond."""
    return metadata.version(PACKAGE)


@contextmanager
def told(what: str, runtime: Runtime) -> Iterator[None]:
    """Raise LiteRT's failures as `RunError`, behind what could not be done."""
    try:
        yield
    except (ValueError, RuntimeError) as error:
        said = words(error)
        advice = ""
        if any(sign in said for sign in UNRESOLVED):
            advice = f" The {runtime.kernels.value} kernels lack it; others may have it."
        raise RunError(f"{what}: {said}{advice}") from None


def words(error: Exception) -> str:
    """What LiteRT says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__

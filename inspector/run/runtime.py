"""The interpreter: LiteRT or TensorFlow's, its kernels chosen and recorded, its failures told.

For running a model, see `session`; for the process that it runs in, `isolation`.
"""

from __future__ import annotations

import enum
import re
import warnings
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


SENTENCE = re.compile(r"\.(?=[A-Z])|\.\s|(?<=\))(?=[A-Z])|(?<=\w)(?=Node number \d)")
"""Where one of the interpreter's sentences ends, and no name of a file or field."""
NUMBER = re.compile(r"\d+")


class Engine(enum.Enum):
    """Whose interpreter runs: one code base, two packages, of different versions."""

    LITERT = "litert"
    """`ai_edge_litert.interpreter.Interpreter`, which is installed with this package."""
    TENSORFLOW = "tensorflow"
    """`tensorflow.lite.Interpreter`, which has to be installed."""


PACKAGES = {
    Engine.LITERT: ("LiteRT", "ai-edge-litert"),
    Engine.TENSORFLOW: ("TensorFlow", "tensorflow"),
}
"""What each is called, and the distribution that it comes in."""


class Kernels(enum.Enum):
    """Which implementations of the operators run; they agree to rounding, not to the bit."""

    BUILTIN = "builtin"
    """Optimised kernels, no delegate (`BUILTIN_WITHOUT_DEFAULT_DELEGATES`)."""
    REFERENCE = "reference"
    """The plain loops that define the operators (`BUILTIN_REF`); slow."""
    XNNPACK = "xnnpack"
    """What an application gets by default: the XNNPACK delegate, optimised kernels for the rest."""


UNRESOLVED = (
    re.compile(r"Didn't find op for builtin opcode '(?P<operator>\w+)' version '(?P<version>\d+)'"),
    re.compile(r"unresolved custom op: (?P<operator>[^\s.]+)"),
)
"""What LiteRT says of an operator that a kernel set does not have."""

FLEX = re.compile(r"Select TensorFlow op\(s\)(?:.*Node number \d+ \((?P<operator>\w+)\))?")
"""What it says, among advice for Android, of an operator of TensorFlow's, a Flex operator."""

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
    engine: Engine = Engine.LITERT

    @property
    def name(self) -> str:
        """The interpreter's name."""
        return PACKAGES[self.engine][0]

    @property
    def version(self) -> str:
        """The installed version of the interpreter. Raises `RunError` where there is none."""
        return installed_version(self.engine)

    def to_json(self) -> dict[str, Any]:
        """As the commands report it."""
        made = {"name": self.name, "version": self.version}
        return made | {"kernels": self.kernels.value, "threads": self.threads}

    def preparing(self) -> AbstractContextManager[None]:
        """What to put around the allocation of tensors, where the delegate announces itself."""
        return quiet() if self.kernels is Kernels.XNNPACK else nullcontext()


def interpreter(runtime: Runtime, model: bytes | Path, preserve: bool = False) -> Any:
    """The interpreter of a model; with `preserve`, one that keeps every tensor after a run.

    Raises `RunError` where it refuses the model or is not installed.
    """
    module = engine_module(runtime.engine)
    source = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
    with told("the model cannot be loaded", runtime), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf.lite is deprecated; preserving takes memory
        return module.Interpreter(
            **source,
            num_threads=runtime.threads,
            experimental_op_resolver_type=module.OpResolverType[RESOLVERS[runtime.kernels]],
            experimental_preserve_all_tensors=preserve,
        )


def engine_module(engine: Engine) -> Any:
    """The module that has an engine's `Interpreter` and `OpResolverType`."""
    if engine is Engine.LITERT:
        from ai_edge_litert import interpreter as litert

        return litert
    installed_version(engine)
    from tensorflow.lite.python import interpreter as lite

    return lite


@cache
def installed_version(engine: Engine = Engine.LITERT) -> str:
    """The version of an interpreter; looking it up takes a millisecond."""
    name, package = PACKAGES[engine]
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        raise RunError(f"{name} is not installed; run `pip install {package}`") from None


@contextmanager
def told(what: str, runtime: Runtime) -> Iterator[None]:
    """Raise the interpreter's failures as `RunError`, behind what could not be done."""
    try:
        yield
    except UnicodeDecodeError:
        raise RunError(
            f"{what}: an input's name is no UTF-8, and {runtime.name}'s Python interface reads no "
            "other"
        ) from None
    except (ValueError, RuntimeError, MemoryError) as error:
        raise RunError(f"{what}: {explained(words(error), runtime)}") from None


def explained(said: str, runtime: Runtime) -> str:
    """What the interpreter says, with what to do about it; in our words where they say it better.

    An operator may be registered in one kernel set only, or in older versions
    (`kernels/register.cc`, `kernels/register_ref.cc`).
    """
    if flex := FLEX.search(said):
        which = f"{flex['operator']} is one" if flex["operator"] else "it has some"
        return (
            "neither LiteRT nor TensorFlow 2.20 and later runs TensorFlow's own (Flex) operators, "
            f"and {which}; `tfli slice` cuts out what lies before it"
        )
    found = next(filter(None, (sign.search(said) for sign in UNRESOLVED)), None)
    if found is None:
        return said
    named = found.groupdict()
    version = f", version {named['version']}," if "version" in named else ""
    return (
        f"{runtime.name} {runtime.version} has no {named['operator']}{version} among its "
        f"{runtime.kernels.value} kernels; others may have it, and `tfli slice` cuts out what lies "
        "before it"
    )


def words(error: Exception) -> str:
    """What the interpreter says, on one line: its sentences, of those that are alike the first.

    It puts them together without a space, and says the same of each tensor or node. Alike are those
    that differ in numbers alone.
    """
    said = " ".join(str(error).split())
    sentences = [found for part in SENTENCE.split(said) if (found := part.strip(" ."))]
    first: dict[str, str] = {}
    for sentence in sentences:
        first.setdefault(NUMBER.sub("#", sentence), sentence)
    left_out = len(sentences) - len(first)
    more = f" (and {left_out} more like these)" if left_out else ""
    return ". ".join(first.values()) + more or type(error).__name__

"""A Core ML package, read back from its files: what it says of itself, and its MIL program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.errors import InputError
from rebuild.coreml.quiet import import_coremltools

WEIGHTS = Path("Data", "com.apple.CoreML", "weights")


@dataclass(frozen=True, slots=True)
class Package:
    """`spec` is Core ML's specification of the model, `program` its MIL program."""

    path: Path
    spec: Any
    program: Any

    @property
    def inputs(self) -> list[Any]:
        """The descriptions of the inputs, in order."""
        return list(self.spec.description.input)

    @property
    def outputs(self) -> list[Any]:
        """The descriptions of the outputs, in order."""
        return list(self.spec.description.output)


def read_package(path: Path) -> Package:
    """The model of an `.mlpackage`.

    Raises `InputError` where it cannot be read, or holds no MIL program; `RunError` where
    coremltools is missing.
    """
    spec = read_spec(path)
    kind = spec.WhichOneof("Type")
    if kind != "mlProgram":
        raise InputError(f"{path}: holds a {kind}, and only ML programs can be looked into")
    from coremltools.converters.mil.frontend.milproto.load import load

    failures = (ValueError, TypeError, KeyError, AttributeError, OSError, RuntimeError, IndexError)
    try:
        program = load(spec, spec.specificationVersion, str(path / WEIGHTS))
    except failures as error:
        raise InputError(f"{path}: its program cannot be read: {first_line(error)}") from None
    return Package(path, spec, program)


def read_spec(path: Path) -> Any:
    """Core ML's specification of a package or `.mlmodel`. Raises `InputError` where it is none."""
    if not path.exists():
        raise InputError(f"{path}: there is no such file or package")
    tools = import_coremltools()
    from google.protobuf.message import DecodeError

    try:
        return tools.utils.load_spec(str(path))
    except (DecodeError, OSError, RuntimeError, ValueError, TypeError) as error:
        raise InputError(f"{path}: is no Core ML model: {first_line(error)}") from None


def first_line(error: BaseException) -> str:
    """The first line of what an error says, or its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]

"""What the Edge TPU compiler leaves in a model: one custom operator, its program in the options.

The options are a FlexBuffer map whose texts are programs (`tflite/custom_op_data.cc` of
google-coral/libedgetpu); a program is a FlatBuffer, a package of executables
(`executable/executable.fbs` there), told by its identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from inspector.errors import ModelError
from inspector.read.flatbuffer import U32, FlatBuffer, Kind

IDENTIFIER = re.compile(b"DWN1")
MOST_TRIED = 64
"""Places at which a package is looked for; a model has one for each chip that it is made for."""

PACKAGE = Kind(
    "Package",
    "min_runtime_version:int serialized_multi_executable:[ubyte] signature:[ubyte] "
    "keypair_version:int compiler_version:string virtual_chip_id:int "
    "multi_chip_package:[SerializedPackage] model_identifier:string",
)
MULTI_EXECUTABLE = Kind("MultiExecutable", "serialized_executables:[string]")
EXECUTABLE = Kind(
    "Executable",
    "version:int name:string serialized_model:[ubyte] batch_size:int scratch_size_bytes:int "
    "instruction_bitstreams:[InstructionBitstream] parameters:[ubyte] dma_hints:DmaHints "
    "input_layers:[Layer] output_layers:[Layer] chip:string estimated_cycles:int "
    "used_narrow_memory_bytes_per_tile:int type:short parameter_caching_token:ulong "
    "use_tpu_dram_for_parameters:bool estimated_cycles_64bit:long",
)
TYPES = ("STAND_ALONE", "PARAMETER_CACHING", "EXECUTION_ONLY")


def packages(raw: bytes) -> list[dict[str, Any]]:
    """The packages in the operator's options: versions, and for each executable what it takes."""
    found = []
    for tried, hit in enumerate(IDENTIFIER.finditer(raw)):
        if tried == MOST_TRIED:
            break
        try:
            found.append(package(FlatBuffer(raw[max(hit.start() - 4, 0) :])))
        except ModelError:  # the letters stand in a program by chance
            continue
    return found


def package(buffer: FlatBuffer) -> dict[str, Any]:
    """One package. Raises `ModelError`."""
    fields = buffer.table(PACKAGE, root(buffer))
    runtime, executables, _, _, compiler, _, _, identifier = fields
    return {
        "min_runtime_version": runtime,
        "compiler_version": buffer.string(compiler),
        "model_identifier": buffer.string(identifier),
        "executables": [*executables_of(nested(buffer, executables))] if executables else [],
    }


def executables_of(buffer: FlatBuffer) -> Iterator[dict[str, Any]]:
    """The executables of a package: parameters may be loaded by one and used by another."""
    (vector,) = buffer.table(MULTI_EXECUTABLE, root(buffer))
    for at in buffer.tables(vector, "the executables"):
        executable = nested(buffer, at)
        fields = dict(
            zip(EXECUTABLE.names, executable.table(EXECUTABLE, root(executable)), strict=True)
        )
        kind, parameters = fields["type"], fields["parameters"]
        yield {
            "type": TYPES[kind] if 0 <= kind < len(TYPES) else kind,
            "chip": executable.string(fields["chip"]),
            "bytes": executable.size,
            "parameter_bytes": executable.extent(parameters, 1, "parameters") if parameters else 0,
            "scratch_bytes": fields["scratch_size_bytes"],
            "batch_size": fields["batch_size"],
            "estimated_cycles": fields["estimated_cycles_64bit"] or fields["estimated_cycles"],
        }


def nested(buffer: FlatBuffer, at: int) -> FlatBuffer:
    """The FlatBuffer that the vector at byte `at` holds."""
    return buffer.window(at + 4, buffer.extent(at, 1, "a nested buffer"))


def root(buffer: FlatBuffer) -> int:
    """The byte of the root table."""
    return int(U32.unpack(buffer.cut(0, 4))[0])

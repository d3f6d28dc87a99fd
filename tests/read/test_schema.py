"""Our tables of the schema against the classes that LiteRT generates from the schema itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pytest
from ai_edge_litert import schema_py_generated as generated

from inspector.read import option_tables, schema
from inspector.read.flatbuffer import Kind
from inspector.read.options import kind_of

SAME_VERSION = version("ai-edge-litert").startswith("2.3.")
"""Our tables are those of this version; another one may know fewer fields or more of them."""

SOURCE = inspect.getsource(generated)
SCALARS = {"Int8": "byte", "Uint8": "ubyte", "Int16": "short", "Uint16": "ushort"}
SCALARS |= {"Int32": "int", "Uint32": "uint", "Int64": "long", "Uint64": "ulong"}
SCALARS |= {"Float32": "float", "Float64": "double", "Bool": "bool"}

CORE = {
    kind.name: kind
    for kind in vars(schema).values()
    if isinstance(kind, Kind) and kind is not schema.SPARSE_VECTOR
}
OPTIONS = {table: kind_of(table)[0] for table in option_tables.TABLES}
KINDS = [*CORE.items(), *OPTIONS.items()]
KINDS += [(name, schema.SPARSE_VECTOR) for name in ("Int32Vector", "Uint16Vector", "Uint8Vector")]


def agree(ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> None:
    """All that both know is alike, and in the version that ours come from, that is everything."""
    common = ours.keys() & theirs.keys()
    assert {key: ours[key] for key in common} == {key: theirs[key] for key in common}
    if SAME_VERSION:
        assert ours.keys() == theirs.keys()


def camel(name: str) -> str:
    """A field's name as the generated methods spell it."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def generated_slots(table: str) -> dict[int, tuple[str, str, float]]:
    """Slot to name, type and default, read off the functions that write the table's fields."""
    function = rf"def {table}Add(\w+)\(.*\n    builder\.Prepend(\w+)Slot\((\d+), .*, (\S+)\)\n"
    return {
        int(slot): (name, SCALARS.get(kind, "offset"), float(default))
        for name, kind, slot, default in re.findall(function, SOURCE)
    }


def our_slots(kind: Kind) -> dict[int, tuple[str, str, float]]:
    types = [declared if declared in SCALARS.values() else "offset" for declared in kind.types]
    rows = zip(kind.names, types, kind.defaults, strict=True)
    return {
        slot: (camel(name), declared, float(default))
        for slot, (name, declared, default) in enumerate(rows)
        if name != "-"
    }


@pytest.mark.parametrize(("table", "kind"), KINDS, ids=[name for name, _ in KINDS])
def test_each_field_has_the_slot_type_and_default_of_the_schema(table: str, kind: Kind) -> None:
    agree(our_slots(kind), generated_slots(table))


@pytest.mark.parametrize(("table", "kind"), KINDS[:-3], ids=[name for name, _ in KINDS[:-3]])
def test_each_vector_of_scalars_has_the_elements_of_the_schema(table: str, kind: Kind) -> None:
    for name, declared in zip(kind.names, kind.types, strict=True):
        if declared.startswith("[") and declared.strip("[]") in SCALARS.values():
            accessor = inspect.getsource(getattr(getattr(generated, table), camel(name)))
            (element,) = re.findall(r"number_types\.(\w+)Flags, a \+", accessor)
            assert (name, SCALARS[element]) == (name, declared.strip("[]"))


def members(name: str) -> dict[int, str]:
    """The values of a generated enum."""
    found = vars(getattr(generated, name)).items()
    return {value: key for key, value in found if not key.startswith("_")}


@pytest.mark.parametrize("name", option_tables.ENUMS)
def test_each_enum_has_the_values_of_the_schema(name: str) -> None:
    agree(dict(enumerate(option_tables.ENUMS[name][1])), members(name))


def test_every_enum_of_an_option_is_named() -> None:
    known = {*option_tables.ENUMS, *SCALARS.values(), "TensorType", "string"}
    declared = {kind.strip("[]") for table in option_tables.TABLES for kind in kind_of(table)[1]}
    assert declared - {""} <= known


def test_the_operators_have_the_codes_of_the_schema() -> None:
    agree(dict(enumerate(schema.BUILTIN_OPERATORS)), members("BuiltinOperator"))


def test_the_tensor_types_have_the_numbers_of_the_schema() -> None:
    agree({kind.value: kind.name for kind in schema.TensorType}, members("TensorType"))


@pytest.mark.parametrize(
    ("union", "ours"),
    [
        ("BuiltinOptions", option_tables.BUILTIN_OPTIONS),
        ("BuiltinOptions2", option_tables.BUILTIN_OPTIONS_2),
    ],
)
def test_the_unions_of_options_have_the_members_of_the_schema(
    union: str, ours: tuple[str, ...]
) -> None:
    agree(dict(enumerate(ours)), members(union))
    assert set(ours) - {"NONE"} <= set(option_tables.TABLES)

"""`map.json`: for each tensor of the original the value in the script that holds it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from inspector.errors import InputError
from rebuild.emit import Place, Script
from rebuild.translate.memory import STATE
from rebuild.translate.program import Program, Statement

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Check:
    """A statement of the script, as what it computes of the original's tensors.

    `also` are further operators that it stands for.
    """

    operator: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What the script keeps from call to call: the variables of the layer `layer`.

    `starts` are the tensors that hold what the last call left in each. `variables` says which
    tensor is put into each at the end, -1 where that is a constant; `operators` do so in the
    original. `versions` are values of variable tensors that the original has no tensors for, each
    with its variable.
    """

    layer: str = ""
    starts: tuple[int, ...] = ()
    variables: dict[str, int] = field(default_factory=dict)
    operators: tuple[int, ...] = ()
    versions: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapping:
    """What links a script to its model: the file, where each tensor is held, what can be checked.

    `subgraph` is the one whose model the script's function `builder` makes. `aliases` are tensors
    that the script has no value of its own for, each with the tensor whose value it shares;
    `folded` are operators without a statement, each with the reason. `edges` are the tensors that
    the model takes and gives: where it holds integers, others than the original's. `signatures` are
    the mappings of the subgraphs of other signatures than the first subgraph's, by their keys.
    `in_real` says that quantised tensors are held as real numbers, and that nothing is rounded.
    `in_steps` says that quantised tensors are held as integers less their zero point, as the
    reference kernels give them but for the operators `rounded`. `turned` are tensors that the
    script holds with their first two axes exchanged. `called` are the mappings of subgraphs that
    operators run, of those that have a model of their own.
    """

    model: dict[str, Any]
    subgraph: int
    builder: str
    places: dict[int, Place]
    checks: tuple[Check, ...]
    aliases: dict[int, int]
    folded: dict[int, str]
    edges: tuple[tuple[int, ...], tuple[int, ...]]
    kept: Kept = Kept()
    in_real: bool = False
    in_steps: bool = False
    rounded: tuple[int, ...] = ()
    turned: tuple[int, ...] = ()
    signatures: dict[str, Mapping] = field(default_factory=dict)
    called: dict[int, Mapping] = field(default_factory=dict)

    def holder(self, tensor: int) -> int:
        """The tensor whose value in the script stands for `tensor` too."""
        while tensor in self.aliases:
            tensor = self.aliases[tensor]
        return tensor


def mapping_of(program: Program, script: Script, model: dict[str, Any]) -> Mapping:
    """The mapping of a freshly emitted script; `model` says which file it came from."""
    programs = {each.subgraph: each for each in program.programs}
    others = {key: index for key, index in program.signatures.items() if index}
    return Mapping(
        model,
        program.subgraph,
        program.function,
        script.parts[program.subgraph],
        checks_of(program),
        program.aliases,
        program.folded,
        (program.inputs, tuple(map(program.resolve, program.outputs))),
        kept_by(program),
        program.in_real,
        program.in_steps,
        tuple(sorted(program.rounded)),
        tuple(sorted(program.turned)),
        {key: mapping_of(programs[index], script, model) for key, index in others.items()},
        {each.subgraph: mapping_of(each, script, model) for each in only_called(program)},
    )


def only_called(program: Program) -> list[Program]:
    """The programs of subgraphs that only operators run, as these are: handed no variables, too."""
    entries = {each.subgraph for each in program.programs if each.is_entry}
    return [
        part
        for part in program.parts
        if part.subgraph not in entries
        and len(part.inputs) == len(part.model.subgraphs[part.subgraph].inputs)
        and not part.variables_given
    ]


def checks_of(program: Program) -> tuple[Check, ...]:
    """The statements that stand for operators."""
    return tuple(
        Check(s.operator, inputs_of(program, s), s.targets, s.also)
        for s in program.statements
        if s.operator >= 0
    )


def inputs_of(program: Program, statement: Statement) -> tuple[int, ...]:
    """The tensors that a statement takes, one for each value of the script.

    They are those that the operator takes: one that only passes a value on in the script may have
    rounded it in the original.
    """
    found: dict[int, int] = {}
    for tensor in statement.inputs:
        found.setdefault(program.resolve(tensor), tensor)
    return tuple(found.values())


def kept_by(program: Program) -> Kept:
    """What a program keeps from call to call."""
    if not program.starts:
        return Kept()
    written = program.written
    into = zip(written.variables, written.tensors, strict=True) if written else ()
    return Kept(
        program.tied[STATE].keywords["name"],
        program.starts,
        {name: program.resolve(tensor) for name, tensor in into},
        written.operators if written else (),
        program.versions,
    )


def to_json(mapping: Mapping) -> dict[str, Any]:
    """The object that `map.json` holds."""
    return {"schema": "tfli/1", "model": mapping.model, **part_to_json(mapping)}


def part_to_json(mapping: Mapping) -> dict[str, Any]:
    """What is said of one subgraph."""
    return {
        "subgraph": mapping.subgraph,
        "builder": mapping.builder,
        "tensors": {tensor: by_name(place) for tensor, place in sorted(mapping.places.items())},
        "operators": [by_name(check) for check in mapping.checks],
        "aliases": mapping.aliases,
        "folded": mapping.folded,
        "edges": mapping.edges,
        "kept": by_name(mapping.kept),
        "in_real": mapping.in_real,
        "in_steps": mapping.in_steps,
        "rounded": mapping.rounded,
        "turned": mapping.turned,
        "signatures": {key: part_to_json(part) for key, part in mapping.signatures.items()},
        "called": {index: part_to_json(part) for index, part in mapping.called.items()},
    }


def by_name(record: Place | Check | Kept) -> dict[str, Any]:
    """What a record holds, by the names of its fields; not copied, as `dataclasses.asdict` does."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def read(path: Path) -> Mapping:
    """The mapping that `path` holds. Raises `InputError` when it holds none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return part_from_json(found, found["model"])
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: no map of a rebuilt model: {error!r}") from None


def part_from_json(found: dict[str, Any], model: dict[str, Any]) -> Mapping:
    """The reverse of `part_to_json`."""
    kept, checks = found["kept"], found["operators"]
    return Mapping(
        model,
        found["subgraph"],
        found["builder"],
        {int(tensor): Place(**place) for tensor, place in found["tensors"].items()},
        tuple(
            Check(c["operator"], tuple(c["inputs"]), tuple(c["outputs"]), tuple(c["also"]))
            for c in checks
        ),
        by_number(found["aliases"]),
        by_number(found["folded"]),
        (tuple(found["edges"][0]), tuple(found["edges"][1])),
        Kept(
            kept["layer"],
            tuple(kept["starts"]),
            dict(kept["variables"]),
            tuple(kept["operators"]),
            by_number(kept["versions"]),
        ),
        found.get("in_real", False),
        found.get("in_steps", False),
        tuple(found.get("rounded", ())),
        tuple(found.get("turned", ())),
        {key: part_from_json(part, model) for key, part in found["signatures"].items()},
        {int(n): part_from_json(part, model) for n, part in found.get("called", {}).items()},
    )


def by_number(found: dict[str, Value]) -> dict[int, Value]:
    """An object whose keys are numbers."""
    return {int(number): value for number, value in found.items()}

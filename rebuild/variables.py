"""The names of the script's variables: `x` along a chain, its own where a value is kept."""

from __future__ import annotations

import builtins
import keyword

from rebuild.translate.program import Program

TAKEN = {"x", "keras", "layers", "ops", "np", "tf", "model", "build_model", "load_weights"}
TAKEN |= (
    {"SHARED", "layers_of", "keep_state", "reset_state"}
    | set(keyword.kwlist)
    | set(keyword.softkwlist)
    | set(dir(builtins))
)


def variable_names(program: Program) -> dict[int, str]:
    """The variable that holds each tensor that the script computes, by tensor index.

    A value that the next statement alone uses is `x`; one that nothing uses starts with `_`.
    """
    uses = last_uses(program)
    names: dict[int, str] = {}
    taken = TAKEN | program.tied.keys() | program.functions()
    for tensor, name in zip(program.inputs, program.input_names, strict=True):
        names.setdefault(tensor, unique(name, taken))
    for place, statement in enumerate(program.statements):
        for target in statement.targets:
            users = uses.get(target, set())
            base = program.labels.get(target) or program.names[statement.operator]
            if not users:
                names[target] = unique(f"_{base}".rstrip("_") or "_unused", taken)
            elif users == {place + 1} and len(statement.targets) == 1:
                names[target] = "x"
            else:
                names[target] = unique(base, taken)
    return {tensor: names[program.resolve(tensor)] for tensor in [*names, *program.aliases]}


def last_uses(program: Program) -> dict[int, set[int]]:
    """The statements that read each tensor; the return counts as the one after the last."""
    uses: dict[int, set[int]] = {}
    for place, statement in enumerate(program.statements):
        for tensor in statement.inputs:
            uses.setdefault(program.resolve(tensor), set()).add(place)
    written = program.written.tensors if program.written else ()
    for tensor in (*program.outputs, *(t for t in written if t >= 0)):
        uses.setdefault(program.resolve(tensor), set()).add(len(program.statements))
    return uses


def unique(name: str, taken: set[str]) -> str:
    """`name`, or with the first number after it that makes it free; it is taken from then on."""
    free, suffix = name, 1
    while free in taken:
        free, suffix = f"{name}_{suffix}", suffix + 1
    taken.add(free)
    return free

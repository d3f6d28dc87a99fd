"""The script's functions for a built model: its weights loaded, its state kept and reset."""

from __future__ import annotations

from collections.abc import Sequence

from rebuild.printer import Printer
from rebuild.translate.program import Program, Weight

SHARED = '"""Weights that are another layer\'s too, by the key under which they are stored."""'

FLAT_LOOP, NESTED_LOOP = "for layer in model.layers:", "for scope, layer in layers_of(model):"
FLAT_KEY, NESTED_KEY = "{layer.name}/", "{scope}{layer.name}/"

LOAD = '''
def load_weights(model, path="weights.npz"):
    """Fill the model's variables from `path`, whose keys are layer/variable."""
    with np.load(path) as arrays:
        for layer in model.layers:
            keys = [f"{{layer.name}}/{{v.name}}" for v in layer.weights]
            layer.set_weights([{value} for key in keys])
'''

TRAINED = """
            for key, variable in zip(keys, layer.weights, strict=True):
                stay_on_grid(arrays, {key}, variable)
"""

REAL = '''
def real(arrays, key):
    """The numbers under `key`: of integers, by the scale and zero point beside them."""
    if f"{key}_scale" not in arrays:
        return arrays[key]
    integers = arrays[key] - spread(arrays, f"{key}_zero_point", arrays[key].shape)
    scale = spread(arrays, f"{key}_scale", arrays[key].shape)
    return (integers * scale).astype("float32")


def spread(arrays, key, shape):
    """What serves blocks of neighbours along an axis, repeated for each of them."""
    value = arrays[key]
    for axis, size in enumerate(shape):
        if 1 < value.shape[axis] < size:
            value = np.repeat(value, size // value.shape[axis], axis)
    return value
'''

ON_GRID = '''
def stay_on_grid(arrays, key, variable):
    """Let training move a variable by whole steps of the integers under `key`."""
    if not variable.trainable or f"{key}_scale" not in arrays:
        return
    names = [f"{key}_scale", f"{key}_zero_point"]
    grid = [spread(arrays, name, variable.shape).astype("float32") for name in names]
    limits = np.iinfo(arrays[key].dtype)
    low, high = limits.min, limits.max
    variable.constraint = OnGrid(variable.numpy(), *grid, low, high)
'''

WIDE = "    low, high = limits.min, limits.max\n"
NARROW = "    low, high = NARROW.get(key, (limits.min, limits.max))\n"
OF_NARROW = '"""What integers of less than 8 bits hold, by the key under which they are stored."""'

NAME_OF = '''
def name_of(variable):
    """A variable's name, after its direction in a layer that runs in both."""
    ways = [way for way in ("forward", "backward") if f"/{way}" in variable.path]
    return "_".join([*ways, variable.name])
'''

NESTED = '''
def layers_of(model):
    """The layers of a model and of those inside it, with what their keys start with."""
    primary = {primary}
    scope = "" if model.name == primary else f"{{model.name}}/"
    for layer in model.layers:
        inside = [layer] if isinstance(layer, keras.Model) else []
        inside = getattr(layer, "models", inside)
        for part in inside:
            yield from layers_of(part)
        if not inside:
            yield scope, layer
'''

STATE = '''
def keep_state(model, keep=True):
    """Keep the state from call to call, as the interpreter does; do so before the first.

    Without it each call begins anew, as with Keras' own recurrent layers.
    """
    {loop}
        if isinstance(layer, State):
            layer.stateful = keep
'''

RESET = '''
def reset_state(model):
    """Put what the model keeps from call to call back to what it was at first."""
    {loop}
        if isinstance(layer, State):
            layer.reset()
'''


def loading(program: Program) -> list[list[str]]:
    """`load_weights`, and what it needs beside it; where there is a state, what handles it."""
    weights, flat = program.all_weights, Printer({}).flat
    shared = {weight.name: weight.key for weight in weights if weight.name != weight.key}
    key = "SHARED.get(key, key)" if shared else "key"
    real, found = dequantizing(weights)
    load = LOAD.format(value=real.format(key=key))
    parts = [load.rstrip("\n") + TRAINED.format(key=key) if found else load, *found]
    if shared:
        items = [f"    {flat(name)}: {flat(key)}," for name, key in shared.items()]
        parts.insert(0, "\n".join(["SHARED = {", *items, "}", SHARED]))
    if program.parts:
        parts = [
            part.replace(FLAT_LOOP, NESTED_LOOP).replace(FLAT_KEY, NESTED_KEY) for part in parts
        ]
        parts.append(NESTED.format(primary=flat(program.name)))
    both_ways = {"layers.Bidirectional", "BothWays"}
    if any(both_ways & each.functions() for each in program.programs):
        parts = [part.replace("{v.name}", "{name_of(v)}") for part in parts] + [NAME_OF]
    if any(each.keeps_state for each in program.programs):
        loop = NESTED_LOOP if program.parts else FLAT_LOOP
        parts += [part.format(loop=loop) for part in (STATE, RESET)]
    return [part.strip("\n").splitlines() for part in parts]


def helpers(program: Program) -> set[str]:
    """The helpers that the script's functions use."""
    return {"OnGrid"} if dequantizing(program.all_weights)[1] else set()


def dequantizing(weights: Sequence[Weight]) -> tuple[str, list[str]]:
    """How `load_weights` gets the numbers of an array, and what it needs for it."""
    if not any(weight.beside() for weight in weights):
        return "arrays[{key}]", []
    return "real(arrays, {key})", [REAL, *on_grid(weights)]


def on_grid(weights: Sequence[Weight]) -> list[str]:
    """What keeps integers on their grid in training, after a table of narrow ones if there are."""
    flat = Printer({}).flat
    narrow = {weight.key: weight.limits for weight in weights if weight.limits}
    if not narrow:
        return [ON_GRID]
    items = [f"    {flat(key)}: {flat(limits)}," for key, limits in narrow.items()]
    return ["\n".join(["NARROW = {", *items, "}", OF_NARROW]), ON_GRID.replace(WIDE, NARROW)]

"""What Keras takes for sparse: held against Keras itself."""

from __future__ import annotations

import pytest

from rebuild.execute import import_keras
from rebuild.printer import Printer
from rebuild.translate.dense import DENSE, densified
from rebuild.translate.expression import Operand, helpers, layers, ops

x = Operand(0, (2, 3, 4), "float32")
source = Printer({0: "x"}).flat
FURTHER = {  # what some functions want besides the tensor
    "cast": ("float16",),
    "clip": (0, 1),
    "one_hot": (3,),
    "pad": (((0, 0), (0, 0), (1, 1)),),
    "power": (2.0,),
    "split": (2,),
    "swapaxes": (0, 1),
    "take": ([0], 0),
    "tile": ((1, 1, 2),),
}


@pytest.mark.parametrize("name", sorted(DENSE))
def test_functions_that_give_a_dense_tensor(name: str) -> None:
    keras = import_keras()
    product = keras.Input((3, 4), batch_size=2) * 2.0
    assert product.sparse, "Keras has mended it: the room is to be cleared"
    if name == "one_hot":
        product = keras.Input((3,), batch_size=2, dtype="int32") * 2
    given = {"stack": ([product, product],), "where": (True, product, product)}
    found = getattr(keras.ops, name)(*given.get(name, (product, *FURTHER.get(name, ()))))
    first = found[0] if isinstance(found, (list, tuple)) else found
    assert not first.sparse


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (x * 2.0, "layers.Rescaling(2.0)(x)"),
        (ops.reshape(2.0 * x, (-1,)), "ops.reshape(layers.Rescaling(2.0)(x), (-1,))"),
        ((x * 2.0) * 3.0, "layers.Rescaling(3.0)(layers.Rescaling(2.0)(x))"),
        (x * 2, "ops.convert_to_tensor(x * 2, sparse=False)"),
        (x * 2.0 + 1.0, "x * 2.0 + 1.0"),
        (ops.exp(x * 2.0), "ops.exp(x * 2.0)"),
        (x * x, "x * x"),
        (helpers.Resize((2, 2))(x * 2.0), "Resize((2, 2))(layers.Rescaling(2.0)(x))"),
        (layers.Softmax()(x + 2.0), "layers.Softmax()(x + 2.0)"),
    ],
)
def test_products_that_count_as_sparse_are_written_otherwise(node: object, expected: str) -> None:
    assert source(densified(node, "float32")) == expected

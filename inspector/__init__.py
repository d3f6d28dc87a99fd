"""tflite-inspector: read `.tflite` files, take their weights out, watch and compare every tensor.

>>> import inspector
>>> with inspector.open("mnist.tflite") as model:
...     for operator in model.subgraphs[0].operators:
...         print(operator.index, operator.name, operator.options)

Importing this package imports neither NumPy nor TensorFlow, LiteRT or Textual.
"""

from inspector.errors import InputError, InspectorError, ModelError, RunError, UnsupportedError
from inspector.read.model import Model, Subgraph
from inspector.read.opening import open_model as open
from inspector.read.records import (
    ExternalBuffer,
    Operator,
    Quantization,
    Range,
    Signature,
    Tensor,
    VariantType,
)

__all__ = [
    "ExternalBuffer",
    "InputError",
    "InspectorError",
    "Model",
    "ModelError",
    "Operator",
    "Quantization",
    "Range",
    "RunError",
    "Signature",
    "Subgraph",
    "Tensor",
    "UnsupportedError",
    "VariantType",
    "open",
]
__version__ = "0.1.0"

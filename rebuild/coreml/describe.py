"""What a Core ML model says of itself, as one object: what `tfli info` tells of a package."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from inspector.errors import InputError
from inspector.report.words import shape_text
from rebuild.coreml.evaluate import Evaluator, kinds
from rebuild.coreml.program import Package, read_package, read_spec
from rebuild.coreml.stored import constants

Object: TypeAlias = dict[str, Any]

TARGETS = {4: "iOS13", 5: "iOS14", 6: "iOS15", 7: "iOS16", 8: "iOS17", 9: "iOS18"}
"""The first systems that take a specification version (coremltools' release notes)."""
LAYERS = ("neuralNetwork", "neuralNetworkClassifier", "neuralNetworkRegressor")


def describe(path: Path) -> Object:
    """The object of a `.mlpackage` or `.mlmodel`.

    Raises `InputError` where it cannot be read, `RunError` where coremltools is missing.
    """
    spec = read_spec(path)
    kind = spec.WhichOneof("Type")
    content = program_object(read_package(path)) if kind == "mlProgram" else layers_object(spec)
    about = spec.description.metadata
    return {
        "file": str(path),
        "size": size_of(path),
        "format": kind,
        "specification_version": spec.specificationVersion,
        "target": TARGETS.get(spec.specificationVersion),
        "description": about.shortDescription,
        "author": about.author,
        "license": about.license,
        "version": about.versionString,
        "metadata": dict(about.userDefined),
        "inputs": [feature_object(feature) for feature in spec.description.input],
        "outputs": [feature_object(feature) for feature in spec.description.output],
        "states": [feature.name for feature in spec.description.state],
        **content,
    }


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files of a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(file.stat().st_size for file in files)


def feature_object(feature: Any) -> Object:
    """An input or output: its name, and its type in Core ML's words."""
    kind = feature.type.WhichOneof("Type")
    found: Object = {"name": feature.name, "type": kind, "description": feature.shortDescription}
    if kind == "multiArrayType":
        array = feature.type.multiArrayType
        dtype = array.ArrayDataType.Name(array.dataType).lower()
        found |= {"dtype": dtype, "shape": list(array.shape)}
    elif kind == "imageType":
        image = feature.type.imageType
        color = image.ColorSpace.Name(image.colorSpace)
        found |= {"color": color, "height": image.height, "width": image.width}
    return found


def program_object(package: Package) -> Object:
    """What a MIL program holds: operations, and constants by the type that they are stored in."""
    evaluator = Evaluator(package.program)
    names = [kind for operation in evaluator.operations for kind in kinds(operation)]
    stored: Counter[str] = Counter()
    parameters = 0
    for constant in constants(evaluator):
        parameters += constant.elements
        for part in constant.parts.values():
            stored[str(part.dtype)] += constant.bits(part)
    return {
        "operations": len([name for name in names if name != "const"]),
        "op_histogram": histogram(names),
        "parameters": parameters,
        "weight_bytes": {dtype: -(-bits // 8) for dtype, bits in stored.most_common()},
        "labels": labels(evaluator),
        "unsupported": sorted(evaluator.unsupported),
    }


def histogram(names: list[str]) -> dict[str, int]:
    """How many operations there are of each kind, constants aside, the most first."""
    return dict(Counter(name for name in names if name != "const").most_common())


def labels(evaluator: Evaluator) -> list[str]:
    """The classes of a classifier; none of anything else."""
    for operation in evaluator.function.operations:
        if operation.op_type == "classify":
            return [str(label) for label in operation.classes.val]
    return []


def layers_object(spec: Any) -> Object:
    """What a neural network of the older kind holds: its layers. Raises `InputError` for others."""
    kind = spec.WhichOneof("Type")
    if kind not in LAYERS:
        raise InputError(f"a Core ML model of the kind {kind}, which holds no network")
    network = getattr(spec, kind)
    names = [layer.WhichOneof("layer") for layer in network.layers]
    return {"operations": len(names), "op_histogram": histogram(names), "labels": []}


def rows(found: Object, side: str) -> Iterator[list[str]]:
    """A row for each input or output: what it is, and its shape."""
    for feature in found[side]:
        if feature["type"] == "imageType":
            kind = f"image, {feature['color'].lower()}"
            shape = shape_text([feature["height"], feature["width"]])
        else:
            kind = feature.get("dtype", feature["type"].removesuffix("Type"))
            shape = shape_text(feature.get("shape", []))
        yield [side.removesuffix("puts"), feature["name"], kind, shape]

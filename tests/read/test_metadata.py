"""Metadata as other writers leave it: the `flatbuffers` builder, TensorFlow's own classes, zips."""

from __future__ import annotations

import importlib.util
import io
import random
import struct
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import flatbuffers
import nested_tables as nested
import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from nested_tables import content, f32, file, i8, i32, made, u32, unit
from shared_models import FOLDER

import inspector
from inspector.errors import InputError, ModelError
from inspector.read.associated import labels, read_file
from inspector.read.entries import entry_values
from inspector.read.metadata import model_metadata
from inspector.read.metadata_records import TensorMetadata
from inspector.read.model import Model
from inspector.read.nested import decode
from inspector.report.overview import about

FEATURE, IMAGE, BOXES, AUDIO = 1, 2, 3, 4
NORMALIZE, CALIBRATE, THRESHOLD, BERT, SENTENCE_PIECE, REGEX = 1, 2, 3, 4, 5, 6
AXIS_LABELS, VALUE_LABELS, CALIBRATION, VOCABULARY = 2, 3, 4, 5


def with_entries(files: dict[str, bytes] | None = None, **entries: bytes) -> bytes:
    """A model with metadata entries of those contents, and a zip of files behind it."""
    held = [
        written.made(schema.MetadataT, name=name, buffer=index + 1)
        for index, name in enumerate(entries)
    ]
    buffers = [written.buffer(data) for data in (b"", *entries.values())]
    data = written.packed(written.add_model(metadata=held, buffers=buffers))
    return data + zipped(files) if files else data


def zipped(files: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content_ in files.items():
            opened.writestr(name, content_)
    return archive.getvalue()


def model(files: dict[str, bytes] | None = None, **entries: bytes) -> Model:
    return Model(with_entries(files, **entries), "model.tflite")


def one_tensor(**fields: Any) -> TensorMetadata:
    """A tensor's record, by way of a whole model."""
    held = model(TFLITE_METADATA=nested.of_tensors([made("TensorMetadata", **fields)]))
    assert held.model_metadata.faults == ()
    return held.model_metadata.input(0)


def test_what_is_said_of_the_model() -> None:
    said = {"name": "Cats", "description": "Finds cats.", "version": "v2", "author": "Us"}
    said |= {"license": "Apache-2.0", "min_parser_version": "1.5.0"}
    found = model(TFLITE_METADATA=nested.metadata(**said)).model_metadata
    assert {name: getattr(found, name) for name in said} == said
    assert found.fields == said


def test_a_model_without_metadata_has_an_empty_record() -> None:
    found = model().model_metadata
    assert (found.name, found.fields, found.subgraphs, found.faults) == ("", {}, (), ())
    assert found.input(0) == found.output(5) == TensorMetadata()


def test_an_image_has_its_colours_its_size_and_its_normalisation() -> None:
    size = made("ImageSize", width=u32(224), height=u32(192))
    image = made("ImageProperties", color_space=i8(1), default_size=size)
    scaling = made("NormalizationOptions", mean=[127.5, 0.0, 3.0], std=[0.1, 1.0, 2.0])
    found = one_tensor(
        name="image", content=content(IMAGE, image), process_units=[unit(NORMALIZE, scaling)]
    )
    assert (found.name, found.content, found.color_space) == ("image", "image", "RGB")
    assert found.details["default_size"] == {"width": 224, "height": 192}
    assert (found.mean, found.std) == ((127.5, 0.0, 3.0), (0.1, 1.0, 2.0))


@pytest.mark.parametrize(("number", "name"), [(0, ""), (1, "RGB"), (2, "GRAYSCALE"), (9, "9")])
def test_a_colour_space_is_named_by_the_schema(number: int, name: str) -> None:
    image = made("ImageProperties", color_space=i8(number))
    assert one_tensor(content=content(IMAGE, image)).color_space == name


def test_audio_has_its_rate_and_channels() -> None:
    sound = made("AudioProperties", sample_rate=u32(16000), channels=u32(1))
    found = one_tensor(content=content(AUDIO, sound))
    assert (found.content, found.details) == ("audio", {"sample_rate": 16000, "channels": 1})


def test_boxes_have_their_order_and_their_axes() -> None:
    order = [u32(place) for place in (1, 0, 3, 2)]
    boxes = made("BoundingBoxProperties", index=order, type=i8(1), coordinate_type=i8(1))
    axes = made("ValueRange", min=i32(2), max=i32(2))
    found = one_tensor(content=content(BOXES, boxes, range=axes))
    assert found.content == "boxes"
    assert found.details == {
        "index": [1, 0, 3, 2],
        "type": "BOUNDARIES",
        "coordinate_type": "PIXEL",
        "range": {"min": 2, "max": 2},
    }


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        (BERT, made("BertTokenizerOptions", vocab_file=[file("v.txt", VOCABULARY)]), "BERT"),
        (
            SENTENCE_PIECE,
            made("SentencePieceTokenizerOptions", sentencePiece_model=[file("v.txt")]),
            "SentencePiece",
        ),
        (
            REGEX,
            made("RegexTokenizerOptions", delim_regex_pattern=r"\W+", vocab_file=[file("v.txt")]),
            "regex",
        ),
    ],
)
def test_a_tokenizer_makes_an_input_text(kind: int, options: nested.Table, expected: str) -> None:
    plain = content(FEATURE, nested.Table())
    found = one_tensor(content=plain, process_units=[unit(kind, options)])
    assert found.content == "text"
    assert found.tokenizer
    assert found.tokenizer.kind == expected
    assert found.tokenizer.pattern == (r"\W+" if kind == REGEX else "")
    assert [held.name for held in found.mentioned] == ["v.txt"]


def test_a_tokenizer_may_belong_to_all_inputs_together() -> None:
    options = made("BertTokenizerOptions", vocab_file=[file("vocab.txt")])
    graph = made("SubGraphMetadata", input_process_units=[unit(BERT, options)])
    found = model_metadata(nested.metadata(subgraph_metadata=[graph]))
    assert found.primary.tokenizer
    assert found.primary.tokenizer.kind == "BERT"
    assert [held.name for held in found.files] == ["vocab.txt"]


def test_scores_have_a_threshold_and_a_calibration() -> None:
    transformed = made("ScoreCalibrationOptions", score_transformation=i8(2), default_score=f32(-1))
    least = made("ScoreThresholdingOptions", global_score_threshold=f32(0.3))
    found = one_tensor(process_units=[unit(CALIBRATE, transformed), unit(THRESHOLD, least)])
    assert found.score_threshold == 0.3
    assert found.score_calibration
    assert found.score_calibration.transformation == "INVERSE_LOGISTIC"
    assert found.score_calibration.default_score == -1


def test_a_tensor_has_statistics_dimension_names_and_groups() -> None:
    stats = made("Stats", max=[1.0], min=[-1.0, 0.0])
    tensor = made("TensorMetadata", name="x", dimension_names=["batch", "time"], stats=stats)
    group = made("TensorGroup", name="result", tensor_names=["x", "y"])
    graph = made("SubGraphMetadata", output_tensor_metadata=[tensor], output_tensor_groups=[group])
    primary = model_metadata(nested.metadata(subgraph_metadata=[graph])).primary
    assert primary.outputs[0].dimension_names == ("batch", "time")
    assert (primary.outputs[0].minimum, primary.outputs[0].maximum) == ((-1.0, 0.0), (1.0,))
    assert primary.groups == {"result": ("x", "y")}


def test_custom_metadata_is_named_with_its_size_and_decoded_if_it_is_known() -> None:
    options = nested.packed(
        made("ImageSegmenterOptions", activation=i8(2), min_parser_version="1.0.0"), b"V001"
    )
    held = [
        made("CustomMetadata", name="SEGMENTER_METADATA", data=options),
        made("CustomMetadata", name="OF_OURS", data=b"1234567"),
    ]
    graph = made("SubGraphMetadata", custom_metadata=held)
    known, unknown = model_metadata(nested.metadata(subgraph_metadata=[graph])).primary.custom
    assert known.fields == {"activation": "SOFTMAX", "min_parser_version": "1.0.0"}
    assert (unknown.name, unknown.bytes, unknown.fields) == ("OF_OURS", 7, None)


def test_a_process_unit_of_a_later_schema_is_passed_over() -> None:
    scaling = made("NormalizationOptions", mean=[2.0], std=[3.0])
    units = [unit(77, nested.Table({0: "new"})), unit(NORMALIZE, scaling)]
    assert one_tensor(process_units=units).mean == (2.0,)


@pytest.fixture(scope="module")
def conversion() -> ModuleType:
    """TensorFlow's generated classes, without the import of TensorFlow."""
    found = importlib.util.find_spec("tensorflow")
    folders = found.submodule_search_locations if found else None
    if not folders:
        pytest.skip("TensorFlow is not installed")
    path = Path(folders[0]) / "lite" / "python" / "conversion_metadata_schema_py_generated.py"
    spec = importlib.util.spec_from_file_location("conversion_metadata", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_converter_says_what_tensorflow_s_own_classes_write(conversion: ModuleType) -> None:
    environment, options = conversion.EnvironmentT(), conversion.ConversionOptionsT()
    environment.tensorflowVersion, environment.apiVersion = "2.16.1", 2
    environment.modelType, environment.modelHash = conversion.ModelType.JAX, 2**63
    mode = conversion.ModelOptimizationMode
    options.modelOptimizationModes = [mode.PTQ_FLOAT16, mode.BLOCK_SPARSITY]
    options.enableSelectTfOps = True
    block = conversion.SparsityBlockSizeT()
    block.values = [4, 4]
    options.sparsityBlockSizes = [block]
    whole = conversion.ConversionMetadataT()
    whole.environment, whole.options = environment, options
    builder = flatbuffers.Builder()
    builder.Finish(whole.Pack(builder))
    held = model(CONVERSION_METADATA=bytes(builder.Output()))
    values, faults = entry_values(held, held.metadata)
    assert faults == []
    assert values["CONVERSION_METADATA"] == {
        "environment": {
            "tensorflow_version": "2.16.1",
            "api_version": 2,
            "model_type": "JAX",
            "model_hash": 2**63,
        },
        "options": {
            "model_optimization_modes": ["PTQ_FLOAT16", "BLOCK_SPARSITY"],
            "allow_custom_ops": False,
            "enable_select_tf_ops": True,
            "force_select_tf_ops": False,
            "sparsity_block_sizes": [{"values": [4, 4]}],
        },
    }


def test_all_that_the_converter_was_told_is_on_the_page() -> None:
    options = {"model_optimization_modes": ["PTQ_FLOAT16"], "enable_select_tf_ops": True}
    environment = {"tensorflow_version": "2.17.0", "model_type": "KERAS_MODEL"}
    found = {"CONVERSION_METADATA": {"environment": environment, "options": options}}
    assert dict(about.lines({"metadata_values": found})) == {
        "converter": "TensorFlow 2.17.0 from a Keras model; float16 weights; "
        "TensorFlow operators allowed"
    }


def test_texts_are_told_without_their_padding_and_other_entries_have_no_value() -> None:
    held = model(
        min_runtime_version=b"1.14.0".ljust(16, b"\0"),
        LiteRtStamp=b"Maker".ljust(125, b"\0") + b"Chip".ljust(125, b"\0"),
        numbers=struct.pack("<4I", 1, 2, 3, 4),
        long=b"x" * 1000,
        CONVERSION_METADATA=b"",
        TFLITE_METADATA=b"",
    )
    values, faults = entry_values(held, held.metadata)
    assert values == {"min_runtime_version": "1.14.0", "LiteRtStamp": "Maker Chip"}
    assert faults == []


OUTPUT = made(
    "TensorMetadata",
    associated_files=[
        file("calibration.txt", CALIBRATION),
        file("labels_de.txt", AXIS_LABELS, locale="de"),
        file("labels.txt", VALUE_LABELS, description="What is seen.", version="3"),
    ],
)


def test_packed_files_are_listed_and_read() -> None:
    held = model({"labels.txt": b"cat\ndog\n", "sub/readme": b""})
    assert [(member.name, member.size) for member in held.associated_files] == [
        ("labels.txt", 8),
        ("sub/readme", 0),
    ]
    assert read_file(held, "labels.txt") == b"cat\ndog\n"
    assert read_file(held, "sub/readme") == b""
    with pytest.raises(InputError, match=r"no file 'absent' is packed behind it; labels\.txt"):
        read_file(held, "absent")
    assert list(model().associated_files) == []


def test_labels_are_the_lines_of_the_first_label_file_that_is_there() -> None:
    said = nested.of_tensors([], [OUTPUT])
    german = {"labels_de.txt": "Katze\r\nKäfig\r\n".encode(), "labels.txt": b"cat\n\ncage"}
    held = model(german, TFLITE_METADATA=said)
    output = held.model_metadata.output(0)
    assert [found.name for found in output.label_files] == ["labels_de.txt", "labels.txt"]
    assert labels(held, output) == labels(held, output, "de") == ("Katze", "Käfig")
    held = model({"labels.txt": b"cat\n\ncage"}, TFLITE_METADATA=said)
    assert labels(held, output) == ("cat", "", "cage")
    assert labels(held, output, "de") == labels(model(), output) == ()


def test_labels_that_are_no_text_are_told() -> None:
    held = model({"labels.txt": b"\xff\xfe\x00"}, TFLITE_METADATA=nested.of_tensors([], [OUTPUT]))
    with pytest.raises(ModelError, match=r"'labels\.txt' holds no labels: byte 0"):
        labels(held, held.model_metadata.output(0))


def test_every_file_that_is_mentioned_is_known() -> None:
    said = nested.of_tensors([], [OUTPUT], associated_files=[file("readme.txt", 1)])
    names = [found.name for found in model_metadata(said).files]
    assert names == ["readme.txt", "calibration.txt", "labels_de.txt", "labels.txt"]


def test_metadata_of_another_identifier_is_not_read() -> None:
    said = nested.packed(made("ModelMetadata", name="x"), b"M009")
    found = model(TFLITE_METADATA=said).model_metadata
    assert found.fields == {}
    assert found.faults == ("bytes 4 to 8 are b'M009', and should be b'M001'",)


@pytest.mark.parametrize("length", [0, 4, 7])
def test_metadata_cut_to_nothing_is_told(length: int) -> None:
    found = model_metadata(nested.metadata(name="x")[:length])
    (fault,) = found.faults
    assert fault.startswith(f"{length} bytes are too few")


def test_a_damaged_part_is_left_out_and_the_rest_is_read() -> None:
    data = bytearray(nested.metadata(name="the name", author="the author", version="1"))
    at = data.index(b"the name") - 4
    data[at : at + 4] = struct.pack("<I", 1 << 30)
    found = model_metadata(bytes(data))
    assert (found.name, found.author, found.version) == ("", "the author", "1")
    (fault,) = found.faults
    assert fault.startswith(f"name: a string at byte {at} claims 1073741824 elements")


def test_a_damaged_tensor_keeps_the_place_of_those_behind_it() -> None:
    tensors = [made("TensorMetadata", name=name) for name in ("first", "second")]
    data = bytearray(nested.of_tensors(tensors))
    root = struct.unpack_from("<I", data)[0]
    whole = model_metadata(bytes(data)).primary.inputs
    assert [tensor.name for tensor in whole] == ["first", "second"]
    for at in range(root, len(data) - 4):  # the vector of the two tensors
        if struct.unpack_from("<I", data, at)[0] == 2 and at % 4 == 0:
            break
    data[at + 4 : at + 8] = struct.pack("<I", 0x7FFFFFFF)
    found = model_metadata(bytes(data))
    assert [tensor.name for tensor in found.primary.inputs] == ["", "second"]
    (fault,) = found.faults
    assert fault.startswith("subgraph_metadata[0].input_tensor_metadata[0]: ")


def test_parts_that_are_shared_without_end_are_not_unfolded() -> None:
    builder = flatbuffers.Builder()
    text = builder.CreateString("x" * 10_000)
    builder.StartObject(1)
    builder.PrependUOffsetTRelativeSlot(0, text, 0)
    tensor = builder.EndObject()
    builder.StartVector(4, 10_000, 4)
    for _ in range(10_000):
        builder.PrependUOffsetTRelative(tensor)
    tensors = builder.EndVector()
    builder.StartObject(4)
    builder.PrependUOffsetTRelativeSlot(2, tensors, 0)
    graph = builder.EndObject()
    builder.StartVector(4, 1, 4)
    builder.PrependUOffsetTRelative(graph)
    graphs = builder.EndVector()
    builder.StartObject(4)
    builder.PrependUOffsetTRelativeSlot(3, graphs, 0)
    builder.Finish(builder.EndObject(), b"M001")
    data = bytes(builder.Output())
    found = model_metadata(data)
    assert sum(len(tensor.name) for tensor in found.primary.inputs) <= 16 * len(data)
    assert 1 < len(found.faults) < 30
    assert "unfold to far more" in found.faults[0]


@pytest.mark.parametrize("table", ["ModelMetadata", "ConversionMetadata", "FaceDetectorOptions"])
def test_bytes_of_any_kind_are_read_or_told(table: str) -> None:
    rng = random.Random(table)
    boxes = made("BoundingBoxProperties", index=[u32(1)], type=i8(1))
    tensor = made("TensorMetadata", name="t", content=content(BOXES, boxes), dimension_names=["a"])
    whole = nested.of_tensors([tensor], [OUTPUT], name="n", description="d")
    for _ in range(500):
        data = bytearray(whole)
        for at in rng.sample(range(0, len(data) - 4), 3):
            data[at : at + 4] = struct.pack("<I", rng.choice((0, 1, 2**31, 2**32 - 1, at)))
        faults: list[str] = []
        decode(bytes(data), table, "", faults)
        assert all(fault and "\n" not in fault for fault in faults)


REAL = {
    "tflsupport-coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite": ("image", 4, 90, "person"),
    "tflsupport-yamnet_audio_classifier_with_metadata.tflite": ("audio", 1, 521, "Speech"),
    "tflsupport-dilated_conv.tflite": ("image", 1, 0, ""),
}


@pytest.mark.parametrize("name", REAL)
def test_real_metadata_is_read(name: str) -> None:
    path = FOLDER / "networks" / name
    if not path.exists():
        pytest.skip("../shared/models is not there")
    kind, outputs, count, first = REAL[name]
    with inspector.open(path) as held:
        found = held.model_metadata
        assert found.faults == ()
        assert found.input(0).content == kind
        assert len(found.primary.outputs) == outputs == len(held.subgraphs[0].outputs)
        named = [labels(held, output) for output in found.primary.outputs]
        with zipfile.ZipFile(path) as archive:
            lines = [archive.read(name).decode().splitlines() for name in archive.namelist()]
    assert [*filter(None, named)] == [tuple(text) for text in lines]
    assert sum(map(len, named)) == count
    assert "".join(text[0] for text in named if text) == first

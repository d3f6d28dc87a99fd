"""`tfli info` on models with metadata, and `--extract`: what is packed, written to a folder."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import nested_tables as nested
import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from conftest import Result
from nested_tables import content, f32, file, i8, made, u32, unit

Tfli = Callable[..., Result]

PICTURE = made(
    "TensorMetadata",
    name="picture",
    content=content(2, made("ImageProperties", color_space=i8(1))),
    process_units=[unit(1, made("NormalizationOptions", mean=[127.5], std=[127.5]))],
)
SOUND = made(
    "TensorMetadata",
    name="sound",
    content=content(4, made("AudioProperties", sample_rate=u32(16000), channels=u32(1))),
)
SCORES = made(
    "TensorMetadata",
    name="scores",
    description="One for each animal.",
    process_units=[unit(3, made("ScoreThresholdingOptions", global_score_threshold=f32(0.3)))],
    associated_files=[file("labels.txt", 2, description="The animals.")],
)
SAID = nested.of_tensors(
    [PICTURE, SOUND], [SCORES], name="Animals", version="v7", author="A \x1b[31mred\x1b[0m hand"
)
LABELS = {"labels.txt": b"cat\ndog\nox\nemu\nkea\ngnu\n"}


def write(
    path: Path, said: bytes = SAID, files: dict[str, bytes] | None = None, **entries: bytes
) -> Path:
    """A model of two inputs and one output with metadata entries, and files packed behind it."""
    entries = {"TFLITE_METADATA": said, **entries}
    held = [
        written.made(schema.MetadataT, name=name, buffer=index + 1)
        for index, name in enumerate(entries)
    ]
    buffers = [written.buffer(data) for data in (b"", *entries.values())]
    written.write(path, written.add_model(metadata=held, buffers=buffers))
    if files is not None:
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    return path


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    return write(tmp_path / "animals.tflite", files=LABELS, min_runtime_version=b"2.5.0\0\0")


def test_the_page_says_what_goes_in_and_what_comes_out(tfli: Tfli, animals: Path) -> None:
    result = tfli("info", animals)
    words = " ".join(result.out.split())
    assert (result.code, result.err) == (0, "")
    assert "name Animals, version v7" in words
    assert "runtime 2.5.0 or newer" in words
    assert "in picture RGB image, (x − 127.5) / 127.5" in words
    assert "in sound audio at 16 kHz, mono" in words
    assert "6 labels: cat · dog · ox · emu · kea · … One for each animal." in words
    assert "scores from 0.3" in words
    assert "labels.txt 23 labels: The animals." in words
    assert "\x1b" not in result.out


def test_the_object_has_the_sizes_and_the_values_of_the_entries(tfli: Tfli, animals: Path) -> None:
    found = tfli("info", animals, "--json").json
    assert found["metadata"] == {"TFLITE_METADATA": len(SAID), "min_runtime_version": 7}
    assert found["metadata_values"]["min_runtime_version"] == "2.5.0"
    assert found["metadata_values"]["TFLITE_METADATA"]["version"] == "v7"
    assert found["associated_files"] == [
        {
            "name": "labels.txt",
            "bytes": 23,
            "mentioned": True,
            "type": "TENSOR_AXIS_LABELS",
            "description": "The animals.",
            "locale": "",
        }
    ]
    picture, sound = found["described"]["inputs"]
    assert (picture["content"], picture["mean"], picture["std"]) == ("image", [127.5], [127.5])
    assert sound["details"] == {"sample_rate": 16000, "channels": 1}
    (scores,) = found["described"]["outputs"]
    assert scores["labels"] == {"count": 6, "first": ["cat", "dog", "ox", "emu", "kea"]}
    assert scores["score_threshold"] == 0.3
    assert found["warnings"] == []


def test_files_that_are_missing_or_not_mentioned_are_remarked(tfli: Tfli, tmp_path: Path) -> None:
    result = tfli("info", write(tmp_path / "m.tflite", files={"other": b""}), "--json")
    assert result.code == 0
    assert result.json["warnings"] == [
        "mentioned in the metadata, and not packed: labels.txt",
        "packed, and not mentioned in the metadata: other",
    ]


def test_metadata_that_describes_another_model_is_remarked(tfli: Tfli, tmp_path: Path) -> None:
    path = write(tmp_path / "m.tflite", nested.of_tensors([PICTURE]))
    (warning,) = tfli("info", path, "--json").json["warnings"]
    assert warning == "the metadata describes 1 input, and the model has 2"


def test_damaged_metadata_is_told_and_the_rest_is_shown(tfli: Tfli, tmp_path: Path) -> None:
    path = write(tmp_path / "m.tflite", SAID[:4] + b"M009" + SAID[8:], min_runtime_version=b"1.5.0")
    result = tfli("info", path, "--json")
    assert result.code == 2
    assert result.json["warnings"] == [
        "metadata TFLITE_METADATA: bytes 4 to 8 are b'M009', and should be b'M001'"
    ]
    assert result.json["metadata_values"] == {"min_runtime_version": "1.5.0"}
    assert result.json["op_histogram"] == {"ADD": 1}


def test_a_damaged_zip_is_told_and_the_rest_is_shown(tfli: Tfli, animals: Path) -> None:
    data = animals.read_bytes()
    animals.write_bytes(data.replace(b"PK\1\2", b"PK\1\3"))
    result = tfli("info", animals, "--json")
    assert result.code == 2
    (warning,) = result.json["warnings"]
    assert "a zip that cannot be read" in warning
    assert result.json["associated_files"] == []
    assert result.json["metadata_values"]["TFLITE_METADATA"]["name"] == "Animals"


def test_files_and_metadata_are_written_and_listed(
    tfli: Tfli, animals: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    result = tfli("info", animals, "--extract", folder, "--json")
    assert result.code == 0
    assert (folder / "labels.txt").read_bytes() == LABELS["labels.txt"]
    said = json.loads((folder / "metadata.json").read_text())
    assert said == result.json["metadata_values"]["TFLITE_METADATA"]
    assert result.json["extracted"] == [
        {
            "file": str(folder / "metadata.json"),
            "bytes": (folder / "metadata.json").stat().st_size,
            "member": None,
        },
        {"file": str(folder / "labels.txt"), "bytes": 23, "member": "labels.txt"},
    ]
    page = tfli("info", animals, "--extract", tmp_path / "again").out
    assert f"{tmp_path / 'again' / 'labels.txt'}" in page


def test_names_that_lead_elsewhere_stay_in_the_folder(tfli: Tfli, tmp_path: Path) -> None:
    names = ["../x", "/etc/x", "CON", "a/b.txt", "n" * 300, "metadata.json", "sp\x1bam"]
    path = write(tmp_path / "m.tflite", files={name: name.encode() for name in names})
    result = tfli("info", path, "--extract", tmp_path / "out", "--json")
    assert result.code == 0
    extracted = {item["member"]: Path(item["file"]) for item in result.json["extracted"]}
    assert {p.name for p in (tmp_path / "out").iterdir()} == {p.name for p in extracted.values()}
    assert {extracted[name].read_bytes() for name in names} == {name.encode() for name in names}
    assert extracted[None].name == "metadata.json"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.tflite", "out"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_the_same_name_are_all_written(tfli: Tfli, tmp_path: Path) -> None:
    path = write(tmp_path / "m.tflite", files={"a.txt": b"first"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("a.txt", b"second")
    assert tfli("info", path, "--extract", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "a.txt").read_bytes() == b"first"
    assert (tmp_path / "out" / "a-2.txt").read_bytes() == b"second"


def test_a_folder_that_holds_something_is_let_be_without_force(
    tfli: Tfli, animals: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "labels.txt").write_text("mine")
    result = tfli("info", animals, "--extract", folder)
    assert (result.code, result.out) == (2, "")
    assert "add --force" in result.err
    assert (folder / "labels.txt").read_text() == "mine"
    assert tfli("info", animals, "--extract", folder, "--force").code == 0
    assert (folder / "labels.txt").read_bytes() == LABELS["labels.txt"]


def test_a_member_that_is_damaged_is_told_and_the_others_are_written(
    tfli: Tfli, tmp_path: Path
) -> None:
    path = write(tmp_path / "m.tflite", files=LABELS | {"readme": b"Read me."})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\3\4") + 30 + len("labels.txt")] ^= 0xFF  # where its content begins
    path.write_bytes(data)
    result = tfli("info", path, "--extract", tmp_path / "out", "--json")
    assert result.code == 2
    damaged = [text for text in result.json["warnings"] if "cannot be unpacked" in text]
    assert len(damaged) == 1
    assert "labels.txt" in damaged[0]
    assert result.json["described"]["outputs"][0]["labels"] is None
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["metadata.json", "readme"]


def test_a_bomb_is_not_unpacked(tfli: Tfli, tmp_path: Path) -> None:
    path = write(tmp_path / "m.tflite", files={f"{i}": b"" for i in range(40)})
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\1\2")
    while at >= 0:
        data[at + 24 : at + 28] = (1 << 28).to_bytes(4, "little")  # the size that it claims
        at = data.find(b"PK\1\2", at + 1)
    path.write_bytes(data)
    result = tfli("info", path, "--extract", tmp_path / "out")
    assert result.code == 2
    assert "claim to unpack to 10737418240" in result.err
    assert not (tmp_path / "out").exists()


def test_there_may_be_nothing_to_extract(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    result = tfli("info", fixtures / "mnist.tflite", "--extract", tmp_path / "out")
    assert (result.code, result.out) == (2, "")
    assert "has no metadata to extract, and no files packed behind it" in result.err
    assert not (tmp_path / "out").exists()


def test_force_alone_is_refused(tfli: Tfli, fixtures: Path) -> None:
    result = tfli("info", fixtures / "mnist.tflite", "--force")
    assert result.code == 2
    assert "--force is for --extract" in result.err


def test_the_members_of_a_container_are_written(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    path = tmp_path / "two.task"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(fixtures / "mnist.tflite", "in/mnist.tflite")
        archive.writestr("notes.txt", "hello")
    result = tfli("info", path, "--extract", tmp_path / "out", "--json")
    assert result.code == 0
    mnist = (fixtures / "mnist.tflite").read_bytes()
    assert (tmp_path / "out" / "in_mnist.tflite").read_bytes() == mnist
    assert (tmp_path / "out" / "notes.txt").read_text() == "hello"
    assert [item["member"] for item in result.json["extracted"]] == ["in/mnist.tflite", "notes.txt"]

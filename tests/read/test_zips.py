"""Zips that lie: sizes, names, checksums, directories; each is told in a line."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import written
from archives import zipped
from conftest import Result

import inspector
from inspector.errors import InspectorError, ModelError, UnsupportedError

Tfli = Callable[..., Result]
HOSTILE = "../../etc/\x1b[31mowned\n.tflite"
DIRECTORY = b"PK\1\2"


def patched(path: Path, signature: bytes, at: int, value: bytes) -> Path:
    """The zip with bytes of its first record of that signature replaced."""
    data = bytearray(path.read_bytes())
    start = data.index(signature) + at
    data[start : start + len(value)] = value
    path.write_bytes(bytes(data))
    return path


def test_names_do_nothing_but_name(tfli: Tfli, tmp_path: Path, mnist: bytes) -> None:
    path = zipped(tmp_path / "a.zip", {HOSTILE: mnist, "b": mnist})
    page = tfli("info", path)
    assert "\\x1b[31mowned\\n" in page.out
    assert "\x1b" not in page.out + page.err
    result = tfli("ops", path)
    assert "\x1b" not in result.err
    assert len(result.err.splitlines()) == 1
    assert tfli("ops", f"{path}::0").code == 0  # awkward names can be told by their number
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.zip"]


@pytest.mark.parametrize("at", [20, 24], ids=["stored", "unpacked"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("size", [0, 17, 2**31])
def test_sizes_that_lie_are_told(
    tmp_path: Path, mnist: bytes, at: int, method: int, size: int
) -> None:
    path = patched(
        zipped(tmp_path / "a.zip", {"m": mnist}, method), DIRECTORY, at, struct.pack("<I", size)
    )
    try:
        with inspector.open(f"{path}::m") as opened:
            assert opened.size in (size, len(mnist))
    except InspectorError as error:
        assert str(error).startswith(str(path))


def test_a_member_that_unpacks_to_something_else_is_told(tmp_path: Path, mnist: bytes) -> None:
    path = zipped(tmp_path / "a.zip", {"m": mnist}, zipfile.ZIP_DEFLATED)
    patched(path, DIRECTORY, 16, b"\1\2\3\4")  # the checksum
    with pytest.raises(ModelError, match=r"::m: cannot be unpacked: Bad CRC"):
        inspector.open(f"{path}::m")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"m": bytes(100)}, zipfile.ZIP_DEFLATED)
    patched(path, DIRECTORY, 24, struct.pack("<I", 2**32 - 2))
    with pytest.raises(ModelError, match="claim to unpack to 4294967294"):
        inspector.open(f"{path}::m")


def test_an_encrypted_member_is_told(tfli: Tfli, tmp_path: Path, mnist: bytes) -> None:
    path = zipped(tmp_path / "a.zip", {"m": mnist, "n": mnist})
    patched(path, DIRECTORY, 8, b"\1\0")
    with pytest.raises(UnsupportedError, match="is encrypted; decrypt it first"):
        inspector.open(f"{path}::m")
    found = tfli("info", path, "--json").json["members"]
    assert [member["reason"] for member in found] == ["is encrypted; decrypt it first", None]


def test_another_compression_is_told(tmp_path: Path, mnist: bytes) -> None:
    path = zipped(tmp_path / "a.zip", {"m": mnist}, zipfile.ZIP_LZMA)
    with pytest.raises(UnsupportedError, match="method 14, not by deflate; unpack it first"):
        inspector.open(f"{path}::m")


def test_a_zip_of_thousands_is_listed_and_its_first_looked_into(
    tfli: Tfli, tmp_path: Path, mnist: bytes
) -> None:
    path = zipped(tmp_path / "a.zip", {"m": mnist} | {f"{i}.txt": b"x" for i in range(1500)})
    found = tfli("info", path, "--json").json
    assert len(found["members"]) == 1501
    assert found["members"][-1]["kind"] == "unknown"
    assert found["warnings"] == ["the last 501 members were not looked at; they may be models"]
    assert tfli("ops", path).code == 0


def test_a_directory_that_is_too_long_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    directory = (DIRECTORY + bytes(42)) * 100_000
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(directory), 0, 0)
    path.write_bytes(directory + end)
    with pytest.raises(ModelError, match="its list of members is over 4194304 bytes long"):
        inspector.open(path)


@pytest.mark.parametrize("length", [10, 100, 1000])
def test_a_zip_cut_short_is_told(tmp_path: Path, mnist: bytes, length: int) -> None:
    path = zipped(tmp_path / "a.zip", {"m": mnist})
    path.write_bytes(path.read_bytes()[:-length])
    with pytest.raises(ModelError, match=r"a\.zip"):
        inspector.open(path)


def test_a_damaged_zip_never_raises_anything_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    small = written.packed(written.add_model())
    whole = zipped(
        tmp_path / "a.zip", {"m": small, "n.txt": b"x" * 50}, zipfile.ZIP_DEFLATED
    ).read_bytes()
    path = tmp_path / "b.zip"
    for _ in range(300):
        data = bytearray(whole)
        for at in rng.integers(len(data), size=3):
            data[at] = rng.integers(256)
        path.write_bytes(bytes(data))
        try:
            with inspector.open(f"{path}::0") as opened:
                list(opened.subgraphs[0].operators)
        except InspectorError:
            continue


# Models in other things

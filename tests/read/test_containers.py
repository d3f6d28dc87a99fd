"""Containers: members are told by what they are, and opened by name."""

from __future__ import annotations

import io
import shlex
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from archives import container, zipped
from conftest import Result

import inspector
from inspector.errors import InputError, ModelError
from inspector.read.containers import Container, container_of
from inspector.read.magic import kind_of
from inspector.read.opening import open_source

Tfli = Callable[..., Result]


def kinds(found: Container) -> dict[str, str]:
    return {member.name: found.kind_of(member) for member in found.members}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_of_a_zip_is_the_model_that_was_put_in(
    tmp_path: Path, fixtures: Path, mnist: bytes, method: int
) -> None:
    path = zipped(tmp_path / "a.zip", {"in/side.tflite": mnist, "labels.txt": b"cat\n"}, method)
    with (
        inspector.open(f"{path}::in/side.tflite") as held,
        inspector.open(fixtures / "mnist.tflite") as alone,
    ):
        assert held.size == alone.size
        for ours, theirs in zip(held.subgraphs[0].tensors, alone.subgraphs[0].tensors, strict=True):
            assert ours == theirs
            if alone.is_constant(theirs):
                np.testing.assert_array_equal(held.data(ours), alone.data(theirs))
        assert held.content() == mnist


def test_where_members_lie_is_what_zipfile_says(tmp_path: Path, mnist: bytes) -> None:
    path = zipped(tmp_path / "a.zip", {"one": b"1" * 99, "two": mnist})
    whole = path.read_bytes()
    for member in container(path).members:
        content = whole[member.offset() : member.offset() + member.size]
        with zipfile.ZipFile(path) as archive:
            assert content == archive.read(member.name)


def test_members_are_told_by_their_first_bytes_and_not_by_their_names(
    tmp_path: Path, mnist: bytes
) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x", "y")
    members = {
        "a.txt": mnist,
        "b.tflite": b"labels\n",
        "c.tflite": inner.getvalue(),
        "d.model": b"\n\x0e\n\x05<unk>\x15\0\0\0\0\x18\2",
        "e.json": b'{"version": "1.0", "added_tokens": []}',
        "f.bin": bytes(range(256)),
        "empty": b"",
    }
    expected = ["model", "text", "zip", "tokenizer", "tokenizer", "unknown", "unknown"]
    found = kinds(container(zipped(tmp_path / "a.zip", members)))
    assert found == dict(zip(members, expected, strict=True))


@pytest.mark.parametrize("cut", range(20, 30))
def test_a_text_is_one_wherever_it_is_cut(cut: int) -> None:
    assert kind_of("Füße, ноги, 足, 🦶: all of them".encode()[:cut]) == "text"


def test_members_nest(tmp_path: Path, mnist: bytes) -> None:
    inner = zipped(tmp_path / "b.task", {"c.tflite": mnist})
    outer = zipped(tmp_path / "a.zip", {"b.task": inner.read_bytes()}, zipfile.ZIP_DEFLATED)
    with inspector.open(f"{outer}::b.task::c.tflite") as opened:
        assert opened.size == len(mnist)
    with inspector.open(f"{outer}::b.task") as opened:
        assert opened.path == f"{outer}::b.task::c.tflite"


def test_a_file_may_have_the_separator_in_its_name(tmp_path: Path, mnist: bytes) -> None:
    path = tmp_path / "a.zip::b.tflite"
    path.write_bytes(mnist)
    with inspector.open(path) as opened:
        assert opened.content() == path
    held = zipped(tmp_path / "x::y.zip", {"m": mnist})
    with inspector.open(f"{held}::m") as opened:
        assert opened.size == len(mnist)


def test_the_one_model_of_a_container_stands_for_it(
    tfli: Tfli, tmp_path: Path, fixtures: Path, mnist: bytes
) -> None:
    path = zipped(tmp_path / "one.task", {"m.tflite": mnist, "labels.txt": b"cat\n"})
    found, plain = tfli("ops", path), tfli("ops", fixtures / "mnist.tflite")
    assert (found.code, found.out) == (0, plain.out)
    assert found.err == f"tfli: {path} stands for {path}::m.tflite\n"
    assert tfli("ops", f"{path}::m.tflite").err == ""


def test_of_several_models_one_must_be_named(tfli: Tfli, tmp_path: Path, mnist: bytes) -> None:
    path = zipped(tmp_path / "two.task", {"a.tflite": mnist, "b.tflite": mnist})
    result = tfli("tensors", path)
    assert (result.code, result.out) == (2, "")
    advice = f"holds 2 models: a.tflite, b.tflite; name one, as {path}::a.tflite"
    assert result.err == f"tfli: {path} {advice}\n"


def test_a_member_that_is_not_there_is_told_with_those_that_are(
    tmp_path: Path, mnist: bytes
) -> None:
    path = zipped(tmp_path / "a.zip", {"m.tflite": mnist})
    with pytest.raises(InputError, match=r"no member 'n\.tflite'; it has m\.tflite"):
        inspector.open(f"{path}::n.tflite")
    plain = tmp_path / "m.tflite"
    plain.write_bytes(mnist)
    with pytest.raises(InputError, match="is no container"):
        inspector.open(f"{plain}::n.tflite")
    with pytest.raises(InputError, match="no such file"):
        inspector.open(f"{tmp_path}/absent.zip::n.tflite")


def test_a_zip_without_a_model_is_told_with_what_it_holds(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"labels.txt": b"cat\n"})
    with pytest.raises(ModelError, match=r"without a TFLite model; it holds labels\.txt"):
        inspector.open(path)


def test_an_empty_zip_holds_nothing(tfli: Tfli, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {})
    assert tfli("info", path, "--json").json["members"] == []
    done = tfli("ops", path)
    assert done.code == 2 and "without a TFLite model" in done.err


def test_info_lists_what_a_container_holds(tfli: Tfli, tmp_path: Path, mnist: bytes) -> None:
    path = zipped(tmp_path / "a.task", {"m.tflite": mnist, "labels.txt": b"cat\n"})
    found = tfli("info", path, "--json").json
    assert (found["schema"], found["file"], found["container"]) == ("tfli/1", str(path), "zip")
    first, second = found["members"]
    assert (first["name"], first["kind"], first["operators"]) == ("m.tflite", "model", 4)
    assert (first["inputs"], first["outputs"], first["size"]) == (["1×28×28"], ["1×10"], len(mnist))
    assert (second["kind"], second["size"], second["operators"]) == ("text", 4, None)
    page = tfli("info", path)
    assert f"tfli info {path}::m.tflite" in page.out
    assert (page.code, page.err) == (0, "")


def test_a_damaged_model_in_a_container_is_a_fault(
    tfli: Tfli, tmp_path: Path, mnist: bytes
) -> None:
    path = zipped(tmp_path / "a.task", {"good": mnist, "bad": mnist[:100]})
    result = tfli("info", path, "--json")
    good, bad = result.json["members"]
    assert (result.code, good["operators"], bad["operators"]) == (2, 4, None)
    assert bad["reason"]
    assert result.err.startswith(f"tfli: {path}: bad: ")


# Hostile zips


def test_a_plain_model_with_a_zip_behind_is_a_model(tmp_path: Path, mnist: bytes) -> None:
    labels = zipped(tmp_path / "labels.zip", {"labels.txt": b"cat\n"}).read_bytes()
    path = tmp_path / "m.tflite"
    path.write_bytes(mnist + labels)
    assert container_of(open_source(path)) is None
    with inspector.open(path) as opened:
        assert opened.content() == path


def test_models_embedded_in_something_are_found(tmp_path: Path, mnist: bytes) -> None:
    path = tmp_path / "firmware.bin"
    noise = b"\x7fELF the text TFL3 and \x10\0\0\0TFL3" + bytes(64)
    path.write_bytes(noise + mnist + noise + mnist)
    found = container(path)
    first, second = len(noise), 2 * len(noise) + len(mnist)
    assert [member.name for member in found.members] == [f"@{first}", f"@{second}"]
    with inspector.open(f"{path}::@{second}") as opened:
        assert bytes(opened.buffer.cut(0, opened.size)) == mnist
    with pytest.raises(InputError, match="holds 2 models"):
        inspector.open(path)


def test_an_archive_behind_something_is_one(tmp_path: Path, mnist: bytes) -> None:
    path = zipped(tmp_path / "a.zip", {"m": mnist})
    path.write_bytes(b"#!/bin/sh\n" * 9 + path.read_bytes())
    with inspector.open(f"{path}::m") as opened:
        assert bytes(opened.buffer.cut(0, opened.size)) == mnist


# LiteRT-LM


def test_the_page_says_how_to_open_one_fit_for_a_shell(
    tfli: Tfli, tmp_path: Path, mnist: bytes
) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("side.tflite", mnist)
    pages = {
        "plain": ({"a.txt": b"a", "b.tflite": mnist}, "b.tflite"),
        "quoted": ({"x; rm -r ~": mnist}, "x; rm -r ~"),
        "hostile": ({"a": b"text", "\x1b[2J.tflite": mnist}, "1"),
        "nested": ({"a.txt": b"a", "b.task": inner.getvalue()}, "b.task"),
    }
    for name, (members, expected) in pages.items():
        path = zipped(tmp_path / f"{name}.zip", members)
        [line] = [line for line in tfli("info", path).out.splitlines() if "open one" in line]
        words = shlex.split(line)
        assert words == ["open", "one", "tfli", "info", f"{path}::{expected}"]
        assert tfli("info", words[-1]).code == 0
    empty = zipped(tmp_path / "e.zip", {"a.txt": b"a"})
    assert "open one" not in tfli("info", empty).out

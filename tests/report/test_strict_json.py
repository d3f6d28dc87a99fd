"""What `--json` writes is strict JSON, whatever it holds."""

from __future__ import annotations

import json
import math

import pytest

from inspector.report.strict_json import dumps, emit


def refuse(constant: str) -> None:
    raise ValueError(constant)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"a": [1, 2.5, None, True, "x"]}, {"a": [1, 2.5, None, True, "x"]}),
        (
            {"a": [math.nan, {"b": math.inf}], "c": (-math.inf,)},
            {"a": ["nan", {"b": "inf"}], "c": ["-inf"]},
        ),
        ([b"\x00\xff"], ["00ff"]),
        ([math.nan, b"\x01"], ["nan", "01"]),
        ("a\x1b\n\u202e\udc80", "a\x1b\n\u202e\udc80"),
    ],
)
def test_any_value_is_read_back_strictly(value: object, read: object) -> None:
    text = dumps(value)
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text, parse_constant=refuse) == read


def test_the_object_begins_with_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"ops": []})
    assert capsys.readouterr().out == '{"schema": "tfli/1", "ops": []}\n'

"""What is said of the operators is what the registry and the cases say."""

from __future__ import annotations

import json

import pytest

from inspector.cli.main import run
from rebuild.coverage import REGISTERED, STORED, Coverage, coverage, markdown
from rebuild.translate.kernels import BUILTIN
from rebuild.translate.registry import registry
from tests.operators_table import PAGE, rows, stored_text

STALE = "it is out of date: python -m tests.operators_table"


@pytest.fixture(scope="module")
def found() -> list[Coverage]:
    return rows()


def test_the_facts_are_those_of_the_registry_and_the_cases(found: list[Coverage]) -> None:
    assert STORED.read_text(encoding="utf-8") == stored_text(found), STALE


def test_every_translation_has_a_case(found: list[Coverage]) -> None:
    translated = [row for row in found if row.translated]
    assert not [row.op for row in translated if not (row.variants or row.exact or row.tests)]


def test_the_page_shows_the_facts() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(coverage()), STALE


def test_each_operator_has_a_row() -> None:
    names = [row.op for row in coverage()]
    assert len(names) == len(set(names))
    assert {*BUILTIN, *registry()} <= set(names)


def test_the_command_lists_what_litert_runs(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["rebuild", "--list-operators"]) == 0
    out, err = capfd.readouterr()
    listed = [line.split()[0] for line in out.splitlines()[1:]]
    assert listed == [row.op for row in coverage() if row.kind in REGISTERED]
    assert f"of {len(listed)} operators" in err


def test_the_command_lists_all_as_json(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["rebuild", "--list-operators", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["schema"] == "tfli/1"
    assert {"op": "CONV_2D", "kind": "builtin"}.items() <= found["operators"][
        [row["op"] for row in found["operators"]].index("CONV_2D")
    ].items()


def test_without_a_model_the_command_says_what_it_takes(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["rebuild"]) == 2
    assert "MODEL" in capfd.readouterr().err

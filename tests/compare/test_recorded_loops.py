"""What loops and branches ran is in a capture, too: its operators are compared turn by turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.run.store import save
from tests.compare.test_subgraphs import STATE, changed
from tests.run.graphs import choosing, counting
from tests.run.keepers import keeping
from tests.run.litert import shared

Tfli = Callable[..., Any]
LOOPS = [
    "small/litert-nested_while.bin",
    "small/litert-while_op_with_forwarding_input.bin",
    "networks/litert-simple_group_norm_op.tflite",
    "networks/mww-vad.tflite",
]


@pytest.fixture
def loop(tmp_path: Path) -> Path:
    """A model that runs three turns on the inputs beside it, in `in.npz`."""
    np.savez(tmp_path / "in.npz", i=STATE[0], limit=STATE[1], x=STATE[2])
    return counting(tmp_path / "m.tflite")


def captured(tfli: Tfli, path: Path, *more: str) -> Path:
    """What `tfli capture` writes of a model, on the inputs beside it if there are any."""
    acts, given = path.parent / "acts.npz", path.parent / "in.npz"
    inputs = ["--input", str(given)] if given.exists() else []
    assert tfli("capture", path, "-o", acts, *inputs, *more, "--force").code == 0
    return acts


def verdicts(found: dict[str, Any]) -> dict[tuple[int, int], str]:
    return {(op["subgraph"], op["index"]): op["verdict"] for op in found["ops"]}


@pytest.mark.parametrize("more", [(), ("--samples", "2"), ("--max-iterations", "2")], ids=str)
def test_a_loop_matches_its_own_capture(more: tuple[str, ...], tfli: Tfli, loop: Path) -> None:
    found = tfli("compare", loop, captured(tfli, loop, *more), "--json").json
    assert found["verdict"] == "match"
    assert set(verdicts(found).values()) == {"OK"}
    assert {place for place in verdicts(found) if place[0]} == {(1, 0), (2, 0), (2, 1), (2, 2)}


def test_the_operator_in_the_loop_that_differs_is_named(tfli: Tfli, loop: Path) -> None:
    other = loop.parent / "other.tflite"
    other.write_bytes(changed(loop, 1, np.int32))  # i + 2 for i + 1
    done = tfli("compare", loop, captured(tfli, other), "--json")
    assert (done.code, done.json["verdict"]) == (1, "mismatch")
    found = verdicts(done.json)
    assert [place for place, verdict in found.items() if verdict == "SOURCE"] == [(2, 0)]
    assert found[0, 0] == "CARRIER"


def test_one_turn_that_differs_is_enough(tfli: Tfli, loop: Path) -> None:
    acts = captured(tfli, loop)
    arrays = dict(np.load(acts))
    (key,) = (key for key in arrays if key.startswith("o0_s2_i2_5_"))
    arrays[key] = arrays[key] + 1
    save(acts, arrays, force=True)
    found = verdicts(tfli("compare", loop, acts, "--json").json)
    assert found[2, 1] == "SOURCE" and found[2, 0] == "OK"


def test_a_branch_that_was_not_run_is_left_out(tfli: Tfli, tmp_path: Path) -> None:
    path = choosing(tmp_path / "m.tflite")
    np.savez(tmp_path / "in.npz", which=np.array([True]), x=np.array([3, 5], np.float32))
    found = tfli("compare", path, captured(tfli, path), "--json").json
    assert found["verdict"] == "match"
    assert {place[0] for place in verdicts(found)} == {0, 1}


def test_what_keeps_a_state_inside_is_checked_by_what_runs_it(tfli: Tfli, tmp_path: Path) -> None:
    path = keeping(tmp_path / "m.tflite")
    found = tfli("compare", path, captured(tfli, path), "--json").json
    assert found["verdict"] == "match"
    assert {verdict for place, verdict in verdicts(found).items() if place[0]} <= {"FOLDED"}


@pytest.mark.parametrize("name", LOOPS)
def test_real_loops_match_their_captures(name: str, tfli: Tfli, tmp_path: Path) -> None:
    path, acts = shared(name), tmp_path / "acts.npz"
    assert tfli("capture", path, "-o", acts).code == 0
    assert tfli("compare", path, acts, "--json").json["verdict"] == "match"

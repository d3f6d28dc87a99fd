"""Operators that are code for a chip: what can be known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from inspector.read.npu import compiled
from inspector.report.overview.section import Look, Section, shortened
from inspector.report.records import Object
from inspector.report.tables import Column, Table
from inspector.report.text import bytes_text
from inspector.stats import noting

COLUMNS = (
    Column("compiled operator", style="bold", least=12),
    Column("for", least=12),
    Column("entry", least=8),
    Column("code", "right"),
    Column("at byte", "right"),
    Column("made by", least=12),
)


def fields(look: Look) -> Object:
    """Each such operator, and a remark that names the chips."""
    found = []
    for part in look.parts:
        with noting(look.faults):
            found += [asdict(each) for each in compiled(look.model, part.operators)]
    for target, count in Counter(each["target"] for each in found).items():
        operators = "1 operator is" if count == 1 else f"{count} operators are"
        look.remarks.append(
            f"{operators} code for {target}: it runs only there, and its weights and "
            "multiply-accumulates are not to be seen"
        )
    return {"compiled": found}


def tables(found: Object) -> Iterator[Table]:
    """A row for each."""
    yield Table(COLUMNS, shortened(row(each) for each in found["compiled"]))


def row(each: Object) -> list[str]:
    """The cells of one operator."""
    return [
        f"{each['subgraph']}:{each['operator']} {each['op']}",
        each["target"],
        each["entry"],
        bytes_text(each["size"]),
        "" if each["offset"] < 0 else str(each["offset"]),
        made_by(each["details"].get("packages", [])),
    ]


def made_by(packages: list[Object]) -> str:
    """The compiler and the chips of an Edge TPU's packages, and what runtime they ask for."""
    words = []
    for package in packages:
        chips = sorted({each["chip"] for each in package["executables"]} - {""})
        words += [f"compiler {package['compiler_version']}", f"for {', '.join(chips)}"]
        words.append(f"runtime {package['min_runtime_version']} or later")
    return ", ".join(dict.fromkeys(words))


SECTION = Section(fields, tables=tables)

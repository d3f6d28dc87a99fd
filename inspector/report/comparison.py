"""A comparison as a table in execution order, and as a headline in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from inspector.compare.metrics import SHAPES, STRINGS, Metrics
from inspector.compare.result import Comparison, OperatorResult, OutputResult, Spread
from inspector.compare.verdicts import Outcome, Verdict
from inspector.report.tables import Column, Table, show

VERDICTS = tuple(Verdict)
FINE = (Verdict.OK, Verdict.FOLDED)
FEW = 3
"""Operators that only carry an error, of which no more are shown unless asked for."""
OPERATORS = (
    Column("#", "right", "dim"),
    Column("operator", style="bold"),
    Column("verdict"),
    Column("isolated", "right"),
    Column("error", "right"),
    Column("floor", "right", "dim"),
    Column("accumulated", "right"),
    Column("name, or why", style="dim", least=12),
)
OUTPUTS = (
    Column("output", style="bold", least=12, names=True),
    Column("SQNR", "right"),
    Column("error", "right"),
    Column("between kernel sets", "right", "dim"),
)
CLASSES = Column("top-1, top-5", "right")


def show_comparison(found: Comparison, operators: Sequence[OperatorResult]) -> None:
    """Write the tables of some operators and of the outputs to stdout."""
    if operators:
        show(Table(OPERATORS, [operator_row(operator) for operator in operators]))
        print()
    heads = any(output.top for output in found.outputs)
    columns = (*OUTPUTS, CLASSES) if heads else OUTPUTS
    rows = [output_row(output) + [classes(output)] * heads for output in found.outputs]
    show(Table(columns, rows))


def remarkable(found: Comparison) -> list[OperatorResult]:
    """The operators that are neither right nor folded into one that is; of the CARRIERs a few."""
    wrong = [operator for operator in found.operators if operator.verdict not in FINE]
    carriers = [operator for operator in wrong if operator.verdict is Verdict.CARRIER]
    return [operator for operator in wrong if operator not in carriers[FEW:]]


def worst_first(operators: Sequence[OperatorResult]) -> list[OperatorResult]:
    """Operators by their verdict, the gravest first, and by their isolated error."""
    return sorted(operators, key=lambda o: (VERDICTS.index(o.verdict), -severity(o.isolated)))


def severity(found: Spread | None) -> float:
    """An error as a number that sorts: a share of the range; infinite where it is none."""
    if found is None:
        return 0.0
    share = found.worst.max_rel_range
    return math.inf if share is None or found.worst.nonfinite else share


def remarks(found: Comparison, shown: Sequence[OperatorResult]) -> Iterator[str]:
    """What the headline leaves out: what further sources look like, and what is not listed."""
    for source in [o for o in found.operators if o.verdict is Verdict.SOURCE][1:]:
        if source.hint:
            yield f"{called(source)}, {source.op}: {source.hint}"
    hidden = found.counts["CARRIER"] - sum(o.verdict is Verdict.CARRIER for o in shown)
    if hidden:
        several = "operators that pass" if hidden > 1 else "operator that passes"
        yield f"{hidden} more {several} on the errors of others (CARRIER); --all lists all"
    for output in found.outputs:
        if output.beyond and not output.decides:
            off = f"output {output.name!r} is {error(output.error)} off"
            yield f"{off}, which decides nothing: {output.reason}"


def operator_row(found: OperatorResult) -> list[str]:
    """The cells of an operator."""
    return [
        found.number,
        found.op,
        found.verdict.value,
        decibels(found.isolated),
        error(found.isolated),
        error(found.floor),
        decibels(found.accumulated),
        found.hint or found.reason or short(found.label),
    ]


def output_row(found: OutputResult) -> list[str]:
    """The cells of an output."""
    return [found.name, decibels(found.error), error(found.error), error(found.floor)]


def classes(found: OutputResult) -> str:
    """On how many rows both models name the same class: `98%, 100%`; of few classes top-1 alone."""
    if found.top is None:
        return ""
    shares = (found.top.top_1, found.top.top_5)
    return ", ".join(f"{math.floor(share * 100)}%" for share in shares if share is not None)


def decibels(found: Spread | None) -> str:
    """The worst SQNR: `128 dB`, `exact`, or nothing where it is not known."""
    if found is None:
        return ""
    sqnr = found.worst.sqnr_db
    if sqnr is None:
        return "" if found.worst.status.startswith(SHAPES) else found.worst.status
    return "exact" if math.isinf(sqnr) else f"{round(sqnr)} dB"


def error(found: Spread | None) -> str:
    """The worst error as it is judged: steps of a stored integer, or a share of the range."""
    if found is not None and found.worst.status.startswith(SHAPES):
        return SHAPES
    return "" if found is None else error_text(found.worst)


def error_text(worst: Metrics) -> str:
    """`3.2e-02 of range`, `2 LSB`, `5 NaN or inf`, `50% of strings`."""
    if worst.nonfinite:
        return f"{worst.nonfinite} NaN or inf"
    if worst.status == STRINGS:
        return f"{worst.unequal:.0%} of strings" if worst.unequal else "0"
    if worst.max_lsb is not None:
        return f"{round(worst.max_lsb, 2):g} LSB"
    if worst.max_rel_range is not None:
        return f"{worst.max_rel_range:.1e} of range" if worst.max_rel_range else "0"
    return worst.status or "unknown"


def headline(found: Comparison) -> str:
    """The outcome in words, and what is to blame."""
    return f"{found.outcome.value}: {'; '.join(reasons(found))}"


def reasons(found: Comparison) -> Iterator[str]:
    """What the outcome rests on, the gravest first."""
    sources = [o for o in found.operators if o.verdict is Verdict.SOURCE]
    unknown = [o for o in found.operators if o.verdict is Verdict.UNKNOWN]
    if sources:
        yield blame(sources[0]) + more(len(sources) - 1, "source")
    if found.failure:
        yield f"the candidate cannot be run as a whole: {found.failure}"
    for output in found.outputs:
        if output.decides and output.beyond:
            most = f", more than {output.allowed:g}" if output.allowed else ""
            yield f"output {output.name!r} is {error(output.error)} off{most}"
    if unknown:
        first = unknown[0]
        yield (
            f"{called(first)} ({first.op}) could not be checked: {first.reason}"
            + more(len(unknown) - 1, "unchecked operator")
        )
    if found.outcome is Outcome.MATCH:
        yield agreement(found)
    if not found.operators:
        yield "it has no operators"


def blame(source: OperatorResult) -> str:
    """The sentence about an operator that is wrong."""
    floor = f", floor {error(source.floor)}" if source.floor else ""
    name = f" {short(source.label)!r}" if source.label else ""
    off = "" if source.isolated is None else error_text(source.isolated.worst)
    hint = f"; {source.hint}" if source.hint else ""
    return f"{called(source)}, {source.op}{name}: isolated error {off}{floor}{hint}"


def called(found: OperatorResult) -> str:
    """An operator by its number, and its subgraph where that is not the primary one."""
    return f"operator {found.index}" + (f" of subgraph {found.subgraph}" if found.subgraph else "")


def short(label: str) -> str:
    """The first of the names that a converter has joined into one."""
    return label.partition(";")[0]


def more(count: int, what: str) -> str:
    """How many are not told of."""
    return f" (and {count} more {what}{'s' if count > 1 else ''})" if count > 0 else ""


def agreement(found: Comparison) -> str:
    """The sentence about two models that agree."""
    counts = found.counts
    folded = f", {counts['FOLDED']} of them through a neighbour" if counts["FOLDED"] else ""
    worst = max(found.outputs, key=lambda o: size(o.error), default=None)
    ends = f"; outputs differ by {error(worst.error)} at most" if worst else ""
    count = len(found.operators)
    all_agree = "its one operator agrees" if count == 1 else f"all {count} operators agree"
    return f"{all_agree}{folded}{ends}{between(found)}"


def between(found: Comparison) -> str:
    """How far outputs are at most from other kernel sets, and these from each other."""
    floors = [output.floor for output in found.outputs if output.elsewhere]
    if not floors:
        return ""
    names = dict.fromkeys(name for output in found.outputs for name in output.elsewhere)
    far = {n: max((o.elsewhere.get(n) for o in found.outputs), key=size) for n in names}
    others = ", ".join(f"by {error(spread)} from {name} kernels" for name, spread in far.items())
    return f" ({others}; the kernel sets by {error(max(floors, key=size))} from each other)"


def size(found: Spread | None) -> float:
    """An error as a number that sorts."""
    return 0.0 if found is None else found.worst.max_rel_range or 0.0

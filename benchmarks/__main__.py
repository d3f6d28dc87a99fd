"""`make bench`: every benchmark, as one table."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from benchmarks import (
    browsing,
    capturing,
    comparing,
    emitting,
    exporting,
    quantised,
    reading,
    running,
    scale,
)


def main() -> None:
    """Run all benchmarks; a ratio under its target is shown in red."""
    table = Table("what", "model", "ours", "peer", "peer's", "ratio", "target")
    console = Console()
    for module in (
        reading,
        scale,
        browsing,
        capturing,
        comparing,
        exporting,
        emitting,
        running,
        quantised,
    ):
        with console.status(f"timing {module.__name__}"):
            for row in module.rows():
                colour = "green" if row.ratio >= row.target else "red"
                table.add_row(
                    row.what,
                    row.model,
                    row.shown(row.ours),
                    row.peer,
                    row.shown(row.theirs),
                    f"[{colour}]{row.ratio:.2f}[/]",
                    f"≥ {row.target:.2f}",
                )
    console.print(table)


if __name__ == "__main__":
    main()

"""`python -m benchmarks.browser_memory MODEL [KEY ...]`: the most private memory of the browser.

Private is what no other process shares and no file holds: pages of the mapped model do not count,
copies of its weights do. Written in bytes, of a browser in which the keys were pressed.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SIZE = (120, 40)
PERIOD = 0.02
"""Seconds between two looks at the memory."""
REST = 0.5
"""Seconds after a key in which what waits for the cursor to rest begins."""
ROLLUP = Path("/proc/self/smaps_rollup")
"""What Linux tells of a process's pages; other systems have none such."""


def private_bytes() -> int:
    """The pages of this process that hold what no file does."""
    lines = ROLLUP.read_text().splitlines()
    (found,) = (line.split() for line in lines if line.startswith("Private_Dirty:"))
    return int(found[1]) * 1024


@contextmanager
def most_private() -> Iterator[list[int]]:
    """The most private memory that is seen while something runs, as the one item of a list."""
    most, over = [private_bytes()], threading.Event()

    def look() -> None:
        while not over.wait(PERIOD):
            most[0] = max(most[0], private_bytes())

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield most
    finally:
        over.set()
        watching.join()


async def browse(model: str, keys: Sequence[str]) -> None:
    """Open a model, press keys, and wait for what each does."""
    from inspector.cli.common import open_model
    from inspector.tui.app import Browser
    from inspector.tui.session import Session

    browser = Browser(Session(open_model(model)))
    async with browser.run_test(size=SIZE) as pilot:
        for key in ("", *keys):
            await pilot.press(*[key] if key else [])
            await pilot.pause(REST)
            await browser.workers.wait_for_complete()
            await pilot.pause()


def main(model: str, *keys: str) -> None:
    """Browse, and tell."""
    with most_private() as most:
        asyncio.run(browse(model, keys))
    print(most[0])


if __name__ == "__main__":
    main(*sys.argv[1:])

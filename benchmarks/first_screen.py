"""`python -m benchmarks.first_screen MODEL`: show the first screen of the browser and stop.

`empty` instead of a model stands for a Textual application without anything in it.
"""

from __future__ import annotations

import os
import sys

SIZE = (120, 40)


def main(what: str) -> None:
    """Run until the first screen is painted; nothing is tidied up then."""
    from textual.app import App

    app: App[None]
    if what == "empty":
        app = App()
    else:
        from inspector.cli.common import open_model
        from inspector.tui.app import Browser
        from inspector.tui.session import Session

        app = Browser(Session(open_model(what)))
    app.call_later(app.call_after_refresh, os._exit, 0)
    app.run(headless=True, size=SIZE)


if __name__ == "__main__":
    main(sys.argv[1])

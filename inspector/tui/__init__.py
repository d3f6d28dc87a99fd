"""The terminal browser: `tfli MODEL` on a terminal.

Two halves. Without Textual: `places`, `history`, `session` (what all screens look at), `survey`,
`outline` with `grouping` and `structure`, `search`, `details`, `flow`, `preferences`. With it:
`app` (the `Browser`: where one is, and the way there), `screens/`, `panes/` (one widget a file),
`commands` (palettes), `help`, `themes`, and `registry`, which names the tabs and commands.
"""

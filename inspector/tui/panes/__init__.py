"""The widgets, one a file.

`Listing` is the base of whatever has rows: it renders those that are to be seen and no others, has
the cursor, the keys and the mouse. `Pane` gives each widget its `browser`, typed.
"""

"""The commands of `rebuild`, named as strings in `inspector.cli` and loaded when called."""

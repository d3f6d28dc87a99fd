"""Execution: patched copies of a model, inputs, the interpreter, and what it computed."""

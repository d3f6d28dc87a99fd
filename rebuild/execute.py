"""Runs an emitted script, watched: each value that a line makes is kept by its line number."""

from __future__ import annotations

import ast
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from inspector.errors import InputError, RunError
from rebuild.translate.program import BUILD

WATCH = "_tfli_watch"
LONGEST = 300
"""Characters of what Keras says that are told."""


class Watcher(ast.NodeTransformer):
    """Puts a call of `WATCH(line, value)` around what each assignment of a builder assigns."""

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        """`target = value` to `target = WATCH(line, value)`."""
        line = ast.Constant(node.lineno)
        node.value = ast.Call(ast.Name(WATCH, ast.Load()), [line, node.value], [])
        return node


def load(script: Path) -> tuple[ModuleType, dict[int, Any]]:
    """The script as a module, and a dictionary that its builders fill: line -> value.

    Raises `InputError` when the file cannot be read or is no Python, `RunError` when it fails.
    """
    try:
        tree = ast.parse(script.read_text(encoding="utf-8"), str(script))
    except OSError as error:
        raise InputError(f"{script}: cannot be read: {error.strerror}") from None
    except SyntaxError as error:
        raise InputError(f"{script}: line {error.lineno} is no Python: {error.msg}") from None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith(BUILD):
            Watcher().visit(node)
    values: dict[int, Any] = {}
    module = ModuleType("rebuilt_model")
    module.__file__ = str(script)
    vars(module)[WATCH] = watcher(values)
    code = compile(ast.fix_missing_locations(tree), str(script), "exec")
    import_keras()
    exec(code, vars(module))
    return module, values


def watcher(values: dict[int, Any]) -> Callable[[int, Any], Any]:
    """The function that keeps a line's value and gives it back."""

    def watch(line: int, value: Any) -> Any:
        values[line] = value
        return value

    return watch


def import_keras() -> ModuleType:
    """Keras on TensorFlow, imported without the messages that TensorFlow writes past Python.

    Raises `RunError` when it is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        with quiet_stderr():
            import keras
    except ImportError as error:
        raise RunError(
            f"running the rebuilt model needs Keras and TensorFlow ({error}): "
            "pip install 'tflite-inspector[keras]'"
        ) from None
    return keras  # type: ignore[no-any-return]


def said(error: BaseException) -> str:
    """The first line of what Keras says, which may go on for pages."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:LONGEST]


def tensorflow_error() -> type[Exception]:
    """The root of what TensorFlow's kernels raise; Keras has imported it by now."""
    import tensorflow

    error: type[Exception] = tensorflow.errors.OpError
    return error


@contextmanager
def quiet_tracing() -> Iterator[None]:
    """Keep TensorFlow from warning of functions that are traced again and again.

    Keras makes one anew for each call of a convolution in groups; its user can do nothing about it.
    """
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what native code writes to file descriptor 2 from the user's screen."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)

# Each target works in a bare clone: it makes .venv and installs what it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test check format bench fixtures clean

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/installed: pyproject.toml
	@echo "installing tflite-inspector with Keras into $(VENV) (once, a minute or two) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip
	@$(PIP) --editable '.[keras]'
	@touch $@

$(VENV)/developing: $(VENV)/installed
	@echo "installing the checkers ..."
	@$(PIP) 'torch==2.13.0+cpu' 2>/dev/null || $(PIP) torch # without CUDA, where the index has that
	@$(PIP) --editable '.[keras,dev]'
	@touch $@

demo: $(VENV)/installed ## the main job on a bundled model
	@$(BIN)/python -m fixtures.demo

test: $(VENV)/developing ## lint, format, types, tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest

check: test

format: $(VENV)/developing ## mend what can be mended by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/developing ## the benchmark table
	@$(BIN)/python -m benchmarks

clean: ## remove the environment and what the demo made
	rm -rf $(VENV) demo .mypy_cache .pytest_cache .ruff_cache

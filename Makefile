# make demo    ResNet18 dense and 1:8: compile, run, check, compare with the published figures
# make test    linters, types, import contracts, every test
# make quick   the same without the whole networks
# make bench   every published number, the full end-to-end matrix
# make lint    the linters alone
#
# Each sets up .venv first, with uv where there is one and with venv and pip otherwise.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2

.DELETE_ON_ERROR:
.PHONY: setup demo test quick bench lint format clean

setup: $(READY)

$(READY): pyproject.toml
	@if uv --version >/dev/null 2>&1; then \
	  set -ex; \
	  test -x $(BIN)/python || uv venv --python '>=3.11' $(VENV); \
	  uv pip install --python $(BIN)/python -e '.[dev]'; \
	else \
	  set -ex; \
	  test -x $(BIN)/python || $(PYTHON) -m venv $(VENV); \
	  $(BIN)/python -m pip install --quiet --upgrade pip; \
	  $(BIN)/python -m pip install --quiet -e '.[dev]'; \
	fi
	@touch $@

demo: $(READY)
	$(BIN)/python -m benchmarks.demo

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

quick: lint
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow"

bench: $(READY)
	$(BIN)/python -m benchmarks --workers $(WORKERS)
	NMC_TOOLS=required $(BIN)/pytest -n $(WORKERS) tests/sim/test_c_programs.py tests/report
	NMC_E2E=full $(BIN)/pytest -n $(WORKERS) --dist worksteal tests/e2e tests/sim/test_random_programs.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis

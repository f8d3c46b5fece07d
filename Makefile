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
	$(BIN)/python -m benchmarks.resnet18 --seeds 0,1
	$(BIN)/python -m benchmarks.vit
	$(BIN)/python -m benchmarks.largest
	$(BIN)/python -m benchmarks.simulator
	$(BIN)/python -m benchmarks.breakdown
	$(BIN)/python -m benchmarks.compile_time
	$(BIN)/python -m benchmarks.extensions
	$(BIN)/python -m benchmarks.estimates
	$(BIN)/python -m benchmarks.tuning
	$(BIN)/python -m benchmarks.scaling --workers $(WORKERS)
	$(BIN)/python -m benchmarks.kernels --workers $(WORKERS)
	$(BIN)/python -m benchmarks.rows
	$(BIN)/python -m benchmarks.fully_connected
	$(BIN)/python -m benchmarks.matmul
	$(BIN)/python -m benchmarks.observing
	$(BIN)/python -m benchmarks.accuracy
	NMC_TOOLS=required $(BIN)/pytest -n $(WORKERS) tests/sim/test_c_programs.py tests/report
	NMC_E2E=full $(BIN)/pytest -n $(WORKERS) --dist worksteal tests/e2e tests/sim/test_random_programs.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis

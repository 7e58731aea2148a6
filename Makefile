# Needs Python 3.11, 3.12 or 3.13, make, and the package index; everything else goes into .venv.
PYTHON ?= python3
VENV ?= .venv
BENCH_VENV ?= .venv-bench
STUDY ?= USDKRW
ARGS ?=
# Tests that need neither torch nor a database server.
FAST = $(addprefix lstm_assets_tests/,alerts cells common components data evaluation plots \
  search/space sources store study test_settings.py)
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: tune test fast controls dev lint fix bench clean

tune: $(VENV)/installed  ## set up, then run the reference study to the winner
	$(BIN)/lstm-assets tune $(STUDY) $(ARGS)

dev: $(VENV)/installed  ## Dagster's UI at 127.0.0.1:3000
	$(BIN)/lstm-assets dev $(ARGS)

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n 4 --dist loadgroup --no-loadscope-reorder $(ARGS)

fast: $(VENV)/installed-fast  ## with another Python: make fast PYTHON=python3.12 VENV=.venv-3.12
	$(BIN)/python -m pytest -n 2 -m "not mysql" $(FAST) $(ARGS)

controls: $(VENV)/installed-dev  ## how often a verdict claims what it should not; some minutes
	$(BIN)/python -m lstm_assets_tests.benchmarks.controls $(ARGS)

lint: $(VENV)/installed-dev  ## reads only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(VENV)/installed-dev  ## writes what ruff can correct
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Keras, TensorFlow and Ray have a separate environment.
bench $(BENCH_VENV)/installed: BIN = $(BENCH_VENV)/bin

bench: $(BENCH_VENV)/installed  ## 50 minutes on two cores; run nothing else meanwhile
	$(BIN)/python -m lstm_assets_tests.benchmarks.training_speed $(ARGS)
	$(BIN)/python -m lstm_assets_tests.benchmarks.run_overhead
	$(BIN)/python -m lstm_assets_tests.benchmarks.reference_grid
	$(BIN)/python -m lstm_assets_tests.benchmarks.store_throughput
	$(BIN)/python -m lstm_assets_tests.benchmarks.search_regret

$(BENCH_VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(PIP) --editable '.[bench]'
	touch $@

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP) --editable '.[dev]'
	touch $@

# The same versions as in .venv, without torch and its libraries: gigabytes for some Pythons.
$(VENV)/installed-fast: pyproject.toml constraints.txt .venv/installed-dev
	$(PYTHON) -m venv $(VENV)
	.venv/bin/python -m pip freeze --exclude-editable | grep -Ev '^(torch|triton|nvidia-|cuda-)' > $(VENV)/pins.txt
	$(PIP) --no-deps --requirement $(VENV)/pins.txt --editable .
	touch $@

clean:
	rm -rf $(VENV) .venv-3.* $(BENCH_VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

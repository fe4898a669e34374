# A machine with python3 (3.11 or newer) and make needs nothing else: what is missing goes into .venv.
PYTHON ?= python3
WORKERS ?= 2
SUITE ?= all
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
RESULTS := benchmarks/results
# Wrappers are compiled once, before parallel test workers start.
WARM ?= $(BIN)/penstock doctor --warm

# What the tests of stores start, installed through the system's package manager where it is missing.
SERVERS := redis-server postgresql

# Environments that pip makes to build a package are pinned as well (newer pips want the second name).
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
PIP := $(BIN)/python -m pip install --quiet

.DEFAULT_GOAL := help
.PHONY: demo test test-all check lint types docs bench verify clean help

demo: $(VENV)/.run ## simulate a market, compute features over history and live, prove the bits equal
	@$(BIN)/penstock demo $(ARGS)

test: $(VENV)/.test ## all tests but the slow ones
	@scripts/install_programs $(SERVERS)
	$(WARM)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow" $(ARGS)

test-all: $(VENV)/.test ## all tests
	@scripts/install_programs $(SERVERS)
	$(WARM)
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: lint types docs ## format, lint, layers, types and docs, without the tests

lint: $(VENV)/.test ## format, lint and layers
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

types: $(VENV)/.test ## type check
	$(BIN)/basedpyright --pythonpath $(BIN)/python

docs: $(VENV)/.docs ## the documentation, into docs/_build/html
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

bench: $(VENV)/.bench ## measure us and our peers (SUITE=engine for one suite), into benchmarks/results
	@scripts/install_programs $(SERVERS) wrk
	@mkdir -p $(RESULTS)
	$(BIN)/penstock bench $(SUITE) --json $(RESULTS)/$(SUITE).json $(ARGS)

verify: $(VENV)/.test ## check every feature against its oracle anew, into docs/verification.md
	$(BIN)/python -m tests.catalog.verify

clean: ## remove what was built, but not .venv
	rm -rf build dist docs/_build docs/generated penstock-demo .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find src tests -name __pycache__ -prune -exec rm -rf {} +

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r name says; do printf '%-14s %s\n' "$$name" "$$says"; done

# A stamp says what is installed; newer pins or another pyproject.toml make it old.
$(VENV)/.made: scripts/make_venv
	@scripts/make_venv $(VENV) $(PYTHON)
	@touch $@

$(VENV)/.run: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Penstock into $(VENV) (the first time only) ..."
	@$(PIP) -e '.[store,serve]'
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Penstock and its test tools into $(VENV) (the first time only) ..."
	@$(PIP) -e '.[calendars,fits,routing,store,serve,text,finbert,onnx,pictures,oracles,dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.docs: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Penstock and Sphinx into $(VENV) (the first time only) ..."
	@$(PIP) -e '.[calendars,store,serve,docs]'
	@touch $@ $(VENV)/.run

# csp asks for an older pyarrow, for its Parquet adapter; what is measured runs with ours.
$(VENV)/.bench: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Penstock and its peers into $(VENV) (the first time only) ..."
	@$(PIP) -e '.[calendars,fits,store,serve,text,finbert,onnx,bench]'
	@$(PIP) --no-deps csp
	@touch $@ $(VENV)/.run

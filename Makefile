# `make` or `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash -o pipefail
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Processes of the test run; the tests wait more than they compute.
JOBS ?= 4
# Scenarios of the fault kit wait longer still; the next one begins when one has ended.
CHAOS = -n $(JOBS) --dist load --maxschedchunk 1 --chaos-report docs/reliability-figures.md

.PHONY: help setup demo screenshots test coverage chaos chaos-without bench bench-full lint types imports check lock audit clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make the virtual environment, from locked packages alone

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; set PYTHON=" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements-dev.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(STAMP) ## A month end of spend, from Brex to the ERP, with simulated peers
	$(BIN)/ml-connector demo

screenshots: $(STAMP) ## Pictures of the console into docs/images; needs Chromium
	$(BIN)/python -m pytest -q tests/console/browser/test_pages.py -k wide --screenshots docs/images

test: $(STAMP) ## All tests, on real servers of their own
	$(BIN)/python -m pytest -q -n $(JOBS)

coverage: $(STAMP) ## The same, and which lines no test of this process ran
	$(BIN)/python -m pytest -q -n $(JOBS) --cov --cov-report=term:skip-covered

chaos: $(STAMP) ## The fault kit in full: 200 records a scenario, half an hour or so
	$(BIN)/python -m pytest -q $(CHAOS) --chaos tests/chaos

chaos-without: $(STAMP) ## Each scenario without what it guards: it must fail
	$(BIN)/python -m pytest -q $(CHAOS) --without tests/chaos

bench: $(STAMP) ## Throughput and costs beside a plain Celery chain, under ten minutes; JSON=FILE
	$(BIN)/python -m tests.benchmarks $(if $(JSON),--json $(JSON))

bench-full: $(STAMP) ## The same, with 50,000 records, ten million finished ones, long quarters
	$(BIN)/python -m tests.benchmarks --full $(if $(JSON),--json $(JSON))

lint: $(STAMP) ## ruff, rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

imports: $(STAMP) ## Who may import whom
	$(BIN)/lint-imports

check: lint types imports test ## Everything that CI runs

lock: $(STAMP) ## Lock the packages anew; needs uv
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --extra embedded --extra flower pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --extra embedded --extra flower --extra dev pyproject.toml -o requirements-dev.lock

audit: $(STAMP) ## Known weaknesses of the locked packages; needs the network
	$(BIN)/python .ci/audit.py requirements-dev.lock

clean: ## Remove what make has made; the data in .ml-connector stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

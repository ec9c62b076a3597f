# Every target does its own set-up (scripts/setup.sh) and does nothing twice.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
BIN := .venv/bin

.PHONY: help demo serve stop doctor test long coverage matrix lowest check docs contract wheel sanitize fuzz calibrate mutants chaos clients format clean

help:           ## Show this list
	@echo "Wangge: make TARGET"
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

demo:           ## Install what is missing, load four example cities, serve the map and print its address
	@scripts/setup.sh run
	@exec $(BIN)/wangge demo

serve:          ## Serve what is loaded, without the examples
	@scripts/setup.sh run
	@exec $(BIN)/wangge serve

stop:           ## Stop the embedded database
	@$(BIN)/wangge db stop

doctor:         ## Examine this installation
	@scripts/setup.sh run
	@$(BIN)/wangge doctor

test:           ## Run the tests; make test ARGS="-k cluster" runs some
	@scripts/setup.sh test
ifdef ARGS
	$(BIN)/pytest $(ARGS)
else
	@scripts/tests.sh quick
endif

long:           ## Run the tests that take long: programs that are killed, a year that is played, a contract that is drawn
	@scripts/setup.sh test
	@scripts/tests.sh long

coverage:       ## Run all tests and measure what they cover; fails below the floor
	@scripts/setup.sh test
	@scripts/tests.sh coverage

matrix:         ## Run the tests on each Python from 3.11 that is found here; ARGS as for make test
	@scripts/setup.sh test
	@scripts/tests.sh matrix $(ARGS)

lowest:         ## Run the tests with the lowest versions that pyproject.toml claims; ARGS as for make test
	@scripts/setup.sh test
	@scripts/tests.sh lowest $(ARGS)

check:          ## Lint, format, strict types, and the floors of the house; of the viewer's JavaScript too
	@scripts/setup.sh check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix scripts/javascript --silent run check

docs:           ## Build the site of the documentation into build/site; warnings are errors
	@scripts/setup.sh check
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -c docs/site . build/site
	@echo "build/site/index.html"

wheel:          ## Build the wheel into dist/, and see that it installs and locates
	@scripts/setup.sh check
	@scripts/wheel.sh

contract:       ## Ask the API for minutes what its description allows; make contract EXAMPLES=500 for longer
	@scripts/setup.sh test
	WANGGE_CONTRACT_EXAMPLES=$(or $(EXAMPLES),100) $(BIN)/pytest --numprocesses=2 --dist=load tests/api/test_schemathesis.py

sanitize:       ## Run the tests of the look-up and of the columns on kernels that are compiled with sanitizers
	@scripts/setup.sh check
	@scripts/sanitize.sh tests

fuzz:           ## Fuzz the compiled kernels for a minute each way; needs clang
	@scripts/setup.sh check
	@scripts/sanitize.sh fuzz

calibrate:      ## Prove the tests of clusters on a thousand cities without any; minutes, all cores; make calibrate CITIES=100
	@scripts/setup.sh test
	$(BIN)/python -m bench.calibrate --cities $(or $(CITIES),1000)

mutants:        ## Change the rules a little, one change at a time, and see that the tests notice; an hour
	@scripts/setup.sh test
	@$(BIN)/python -m scripts.mutants $(ARGS)

chaos:          ## Kill servers, PostgreSQL and imports under load, and see that nothing is lost; make chaos KILLS=500
	@scripts/setup.sh test
	PYTHONPATH=. $(BIN)/python -m bench.chaos --kills $(or $(KILLS),150)

clients:        ## Generate clients in TypeScript, Python and Java from the description of the API, and file a report with each
	@scripts/setup.sh test
	PYTHONPATH=. $(BIN)/python -m scripts.clients

format:         ## Format the code and mend what ruff can mend
	@scripts/setup.sh check
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:          ## Remove caches and the environment; the data in .wangge/ stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info scripts/javascript/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Needs Python 3.11 or later and make. PYTHON=/path/to/python chooses the interpreter; ARGS passes options on.
.DEFAULT_GOAL := help
.PHONY: help setup run rehearse test tests long lint format aims bench chaos weekdays lives mutants outside pages picture words histories lock audit clean

BIN := .venv/bin
REHEARSAL := .mca/rehearsal
FREE_PORTS := --temporal-port 0 --ui-port 0 --smtp-port 0 --gateway-port 0
UV_VERSION := 0.13.9
LOCK_TOOLS := build/lock-tools
# Quiet: the header uv would write names the command line, which may name an index.
COMPILE = $(LOCK_TOOLS)/bin/uv --quiet pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links $(UPGRADE) pyproject.toml --group build

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## make .venv when it is missing or stale
	@PYTHON="$(PYTHON)" sh tools/setup.sh

run: setup  ## start everything on this machine, with an academy to look at; Ctrl-C ends it
	@exec $(BIN)/mca dev --demonstrate $(ARGS)

rehearse: setup  ## 42 months of the example cohort on real servers, to be watched; Ctrl-C ends it
	@exec $(BIN)/mca dev --rehearse --state $(REHEARSAL) $(FREE_PORTS) $(ARGS)

test: setup  ## check everything and run the tests, but for the long ones
	@$(MAKE) --no-print-directory --jobs 2 lint tests

# Hundreds of processes are started: where none may keep what it compiled, each compiles everything again.
tests long: export PYTHONDONTWRITEBYTECODE =
tests: setup
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not long" $(ARGS)

long: setup  ## the long tests: every page in a browser, a year on servers, an academy in trouble, other seeds
	$(BIN)/python -m pytest -n 3 --dist worksteal -m long $(ARGS)

lint: setup  ## formatter check, linter, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## format the code and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

aims: setup  ## rehearse for three seeds: are the aims kept? (ARGS="--real" on real servers)
	@exec $(BIN)/python -m tools.aims $(ARGS)

bench: setup  ## measure against bare workflows on the same server
	$(BIN)/python -m benchmarks $(ARGS)

chaos: setup  ## months of an academy in trouble (ARGS="--months 12 --seed 7")
	@exec $(BIN)/python -m tests.chaos $(ARGS)

weekdays: setup  ## the tests that live by the wall's clock, as if on the six days ahead (needs libfaketime)
	@exec $(BIN)/python -m tests.weekdays $(ARGS)

lives: setup  ## draw others, and many more, of what the rules are tried with (PATHS="tests/lifecycle/test_sending.py")
	HYPOTHESIS_PROFILE=many $(BIN)/python -m pytest -q -n 2 $(or $(PATHS),tests/lifecycle tests/schemas) $(ARGS)

mutants: setup  ## change the rules one by one: which changes does no test notice? (PATHS="lifecycle/steps.py")
	@exec $(BIN)/python -m tools.mutants $(PATHS) $(ARGS)

outside: setup  ## with programs that make setup does not install (apt-get install pgbouncer nodejs npm)
	@exec $(BIN)/python -m pytest -q tests/outside/behind_pgbouncer.py tests/outside/linters.py \
		tests/outside/recipes.py $(ARGS)

pages: setup  ## pictures of every page, in build/pages: two widths, twice the size, dark, strong colours, printed
	@exec $(BIN)/python -m pytest -q tests/pictures/pages.py $(ARGS)

picture: setup  ## the picture at the top of the README, of the demonstration
	@exec $(BIN)/python -m pytest -q tests/pictures/readme.py $(ARGS)

words: setup  ## bring the catalogues of pages in other languages up to date
	@exec $(BIN)/python -m tools.words

histories: setup  ## generate the workflow histories that the replay tests read
	$(BIN)/python -m tests.histories $(ARGS)

lock:  ## resolve the dependencies anew (UPGRADE=--upgrade moves them)
	@test -x $(LOCK_TOOLS)/bin/uv || (python3 -m venv $(LOCK_TOOLS) && \
		$(LOCK_TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION))
	$(COMPILE) --extra embedded --extra gateway --group dev --output-file requirements.lock
	$(COMPILE) --extra gateway --constraint requirements.lock --output-file requirements-worker.lock

audit:  ## is a vulnerability known of any locked package? (exit code 3: nobody could be asked)
	@sh tools/audit.sh

clean:  ## remove what was made here, the state of the embedded servers excepted
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# selfheal: the two commands are `make run` and `make test`.
# ARGS goes to the program: make run ARGS="--help"

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help run test lint sim bench mutants lock clean
.DEFAULT_GOAL := help

help:  ## show this help
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp  ## keep a gateway up (installs what it needs first)
	@exec $(BIN)/selfheal up $(ARGS)

test: lint  ## lint, then the whole suite, real gateway included
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/dev.stamp  ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

sim: $(VENV)/run.stamp  ## search 100,000 made-up gateway-days for harm that we do
	$(BIN)/selfheal simulate --hostile --worlds 1000 --days 100 $(ARGS)

bench: $(VENV)/dev.stamp  ## measure against the real gateway
	$(BIN)/python -m benchmarks $(ARGS)

mutants: $(VENV)/dev.stamp  ## put faults into the core and see which tests catch them
	$(BIN)/python -m tests.mutants $(ARGS)

# Hashes for every platform's wheel, compiled with the oldest Python that we support; no index address is kept.
# A folder of local wheels or another index in this machine's pip settings must not leak into the hashes.
COMPILE = PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= PIP_EXTRA_INDEX_URL= CUSTOM_COMPILE_COMMAND="make lock" \
	$(CURDIR)/$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --no-emit-options

lock: $(VENV)/dev.stamp  ## pin the dependencies anew (LOCK_ARGS=--upgrade for newer ones)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "make lock: the locks are compiled with Python 3.11: make clean && make lock PYTHON=python3.11" >&2; exit 1; }
	cd requirements && $(COMPILE) $(LOCK_ARGS) -o run.txt run.in
	cd requirements && $(COMPILE) $(LOCK_ARGS) -o dev.txt dev.in
	cd src/selfheal/gateway && $(COMPILE) $(LOCK_ARGS) -o node-requirements.txt node-requirements.in

clean:  ## remove what was built here; the gateway's cache and your data stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp of its own: an interrupted run leaves a bin/python that has no pip.
$(VENV)/venv.stamp:
	@sh scripts/make-venv.sh $(PYTHON) $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/venv.stamp
	@echo "installing selfheal's own environment into $(VENV)"
	@$(PIP) install --require-hashes --only-binary=:all: -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@echo "installing the tools of the tests into $(VENV)"
	@$(PIP) install --require-hashes --only-binary=:all: -r requirements/dev.txt
	@touch $@

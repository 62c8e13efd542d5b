# Two commands are all that is needed: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORTS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench programs clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "mailstore needs Python 3.11 or later; $$($(PYTHON) --version) was found. Set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || tools/install-programs python3-venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/.ready ## Run a server with two accounts and sample mail
	@$(BIN)/mailstore demo

check: $(VENV)/.ready ## Format, lint, types, layers, fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -m 'not slow and not clients and not thunderbird'

programs: ## Install the mail programs that the tests drive (Debian and Ubuntu, as root)
	@tools/install-programs $$(grep -v '^\#' tests/clients/packages.txt)

test: $(VENV)/.ready programs ## Everything: checks, all tests, real clients
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

format: $(VENV)/.ready ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.ready ## Compare with Dovecot, side by side
	@tools/install-programs dovecot-imapd dovecot-pop3d
	$(BIN)/python -m benchmarks

clean: ## Remove what was built
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

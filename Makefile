# Every target sets up what it needs by itself; a second run finds it in place.

SHELL := bash
BIN := .venv/bin
WORKERS ?= logical
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test e2e coverage bench check fmt messages lock clean

help: ## List the targets
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

run: ## Start the demo city in the web chat, http://127.0.0.1:8080
	@bash .ci/setup.sh run
	@exec $(BIN)/guestcard run

test: ## Run every test with branch coverage (ARGS="tests/services -k ledger" for a part)
	@bash .ci/setup.sh test
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term $(ARGS)

e2e: ## Run the browser tests alone, one after another
	@bash .ci/setup.sh test
	$(BIN)/pytest tests/browser $(ARGS)

coverage: ## Run every test and write htmlcov/index.html, line by line
	@bash .ci/setup.sh test
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=html $(ARGS)

bench: ## Measure against a bare bot, side by side
	@bash .ci/setup.sh dev
	$(BIN)/python -m benchmarks $(ARGS)

check: ## Format, lint, types, imports, house rules, translations, migrations
	@bash .ci/setup.sh dev
	@bash .ci/check.sh

fmt: ## Put the sources into the house format
	@bash .ci/setup.sh dev
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .

messages: ## Bring the catalogues up to date with the sources, ready to be translated
	@bash .ci/setup.sh dev
	$(BIN)/python .ci/catalogues.py update

lock: ## Write requirements*.txt again from pyproject.toml (UPGRADE=1 for newer releases)
	@bash .ci/setup.sh dev
	@bash .ci/lock.sh

clean: ## Remove the environment, caches and compiled files; a city's data stays
	rm -rf .venv .state build htmlcov .coverage .coverage.* *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -path ./.git -prune -o \( -name __pycache__ -o -name '*.mo' \) -prune -exec rm -rf {} +

# Every target that needs Python first makes sure of .venv; see tools/environment.sh.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ARGS ?=
ONLY ?=
BIN := .venv/bin

.PHONY: help
help: ## Show this help
	@echo 'Bailiwick: what you can do here'
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22
	@echo
	@echo 'The first run of a target installs what it needs into .venv (Debian: git, make, python3, python3-venv).'

.PHONY: demo
demo: venv-runtime ## Start the demo company and watch its agents being governed (ARGS=--once: one pass, then exit)
	@$(BIN)/bailiwick demo $(ARGS)

.PHONY: test
test: venv-dev browser ## Run the tests (ARGS='tests/core -k limit' runs some of them)
ifeq ($(strip $(ARGS)),)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --ignore tests/journeys
	@$(BIN)/python -m pytest tests/journeys
else
	@$(BIN)/python -m pytest $(ARGS)
endif

.PHONY: bench
bench: venv-dev ## Measure and compare with the aims, writing build/bench.json (ONLY=name: one measurement)
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

.PHONY: conformance
conformance: venv-dev ## Run the MCP conformance suite directly and through Bailiwick
	@$(BIN)/python -m bench.conformance $(ARGS)

.PHONY: crash
crash: venv-dev ## Kill the server at every edge of an action and check that nothing is lost or doubled
	@$(BIN)/python -m bench.crash $(ARGS)

.PHONY: oracle
oracle: venv-dev ## Hold decisions against Cedar and comparisons of charters against brute force
	@$(BIN)/python -m bench.oracle $(ARGS)
	@$(BIN)/python -m bench.diff

.PHONY: flips
flips: venv-dev ## Change 2,000 single bytes of an exported record and check that each is found
	@$(BIN)/python -m bench.flips $(ARGS)

.PHONY: outside
outside: venv-dev ## Have a log of 50,000 entries judged by verifiers and a witness that others wrote
	@$(BIN)/python -m bench.outside $(ARGS)

.PHONY: fuzz
fuzz: venv-dev ## Read charters and catalogues that nobody would write (ARGS="--minutes 10")
	@$(BIN)/python -m bench.fuzz $(ARGS)

.PHONY: arguments
arguments: venv-dev ## Check the calls of a public leaderboard, and mutants of each, against its tools
	@$(BIN)/python -m bench.arguments $(ARGS)

.PHONY: schema
schema: venv-dev ## Try every operation of the HTTP API with generated requests, good and bad
	@$(BIN)/python -m bench.schema $(ARGS)

.PHONY: lint
lint: venv-dev ## Check style, types and import rules, exactly as CI does
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

.PHONY: format
format: venv-dev ## Rewrite the code in the house style
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: docs
docs: venv-dev ## Write docs/reference from the code
	@$(BIN)/python -m tools.reference $(ARGS)

.PHONY: requirements
requirements: venv-dev ## Refresh the hashed requirement files (ARGS=--upgrade: newest allowed versions)
	@tools/requirements.sh $(ARGS)

.PHONY: hooks
hooks: venv-dev ## Run the same checks before each of your commits
	@$(BIN)/pre-commit install

.PHONY: clean
clean: ## Remove .venv, build/ and every cache
	@rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	@find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: venv-runtime venv-dev browser
venv-runtime:
	@tools/environment.sh runtime

venv-dev:
	@tools/environment.sh dev

browser: venv-dev
	@$(BIN)/python tools/browser.py --install

# The commands of everyday work. `make help` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export FRISKSVAR_HOME ?= ./var

.DEFAULT_GOAL := help

# Made on first use, and again only when pyproject.toml asks for something else.
$(VENV)/.ready: pyproject.toml
	@echo "Setter opp $(VENV) (et par minutter, bare første gang) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar on -e '.[dev]'
	@touch $@

.PHONY: ask
ask: $(VENV)/.ready ## Answer a question: make ask q="Hvem kan henvise til oss?"
	@$(BIN)/frisksvar ask $(if $(value q),"$$QUESTION")
ask: export QUESTION = $(value q)

.PHONY: bot
bot: $(VENV)/.ready ## Answer in Slack (README tells which tokens it needs)
	@$(BIN)/frisksvar bot $(ARGS)

.PHONY: review
review: $(VENV)/.ready ## The pages where centres see, correct, answer and register
	@$(BIN)/frisksvar review $(ARGS)

.PHONY: demo
demo: $(VENV)/.ready ## Try the bot in a browser, with a local Slack and no workspace
	@$(BIN)/python -m tests.slack_server $(ARGS)

.PHONY: test
test: $(VENV)/.ready ## Run the tests
	@$(BIN)/python -m pytest -n auto $(ARGS)

.PHONY: check
check: $(VENV)/.ready ## Lint, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m tests.audit

.PHONY: audit
audit: $(VENV)/.ready ## Bandit, known weaknesses of the libraries (needs the net), and long fuzzing
	@$(BIN)/python -m tests.audit
	@$(BIN)/python -m pytest -n auto --hypothesis-profile long tests/test_fuzz_*.py tests/test_security.py
	@$(BIN)/python -m tests.audit libraries

.PHONY: format
format: $(VENV)/.ready ## Put the code in the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(VENV)/.ready ## Measure speed and memory against the bare libraries
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: growth
growth: $(VENV)/.ready ## 1,000 to 1,000,000 passages and inquiries (an hour): times, memory, the curve
	@mkdir -p $(FRISKSVAR_HOME)
	@$(BIN)/python -m tests.bench.growth --results $(FRISKSVAR_HOME)/growth.jsonl \
		--svg docs/operation/growth.svg $(ARGS)

.PHONY: soak
soak: $(VENV)/.ready ## 200 kills, then MINUTES=20 of mixed traffic: nothing lost, nothing leaks
	@FRISKSVAR_TEST_KILLS=200 $(BIN)/python -m pytest -q -s tests/test_crashes_anywhere.py
	@$(BIN)/python -m tests.bench.soak --minutes $(MINUTES)
soak: MINUTES ?= 20

.PHONY: evaluate
evaluate: $(VENV)/.ready ## How well the development questions are answered
	@$(BIN)/frisksvar evaluate tests/questions/tune.jsonl
	@$(BIN)/frisksvar evaluate tests/questions/reported.jsonl

.PHONY: docs
docs: $(VENV)/.ready ## Write docs/commands.md and docs/configuration.md anew from the code
	@$(BIN)/python -m docs.make_commands
	@$(BIN)/python -m docs.make_configuration

.PHONY: clean
clean: ## Remove the virtual environment and caches (var/ with your data stays)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

.PHONY: help
help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

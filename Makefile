# `make help` lists the targets. Everything but Java and the Firestore emulator is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo dev down test bench record check format lock clean-local

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP) ## Make the virtual environment with the locked dependencies
$(STAMP): requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

demo: setup ## Sign a writer in, make two characters, a moodboard and a film in their Drive, all on this machine
	@$(BIN)/python -m infra.local demo

dev: setup ## The local cloud stays up at http://localhost:8080, with auto-reload
	@$(BIN)/python -m infra.local up

down: setup ## End what `make dev` has started
	@$(BIN)/python -m infra.local down

test: setup ## Run all tests
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

bench: setup ## Measure speed and memory against a floor of the same run
	$(BIN)/python -m bench

record: setup ## Record what the real Drive answers (GOOGLE_ACCESS_TOKEN, GOOGLE_API_KEY); the tests replay it from then on
	$(BIN)/python -m infra.record

check: setup ## Format, lint, types, import contracts, links of the docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy main.py functions shared infra bench tests
	$(BIN)/lint-imports
	$(BIN)/python -m infra.check_docs
	$(BIN)/python -m infra.openapi --check
	$(BIN)/python -m infra.emulator_rules --check

format: setup ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## Lock the dependencies again, with hashes (deliberate: read what changes)
	$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv
	for name in requirements requirements-dev; do $(VENV)-lock/bin/uv pip compile --quiet --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --python-version $$(cat .python-version) \
	  --custom-compile-command "make lock" $$name.in -o $$name.txt; done
	rm -r $(VENV)-lock

clean-local: setup ## Forget the local cloud's state
	@$(BIN)/python -m infra.local reset

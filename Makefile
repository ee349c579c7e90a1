# `make help` lists the targets. Everything but Java, Node and the Firestore emulator is installed into .venv and web/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NODE_STAMP := web/node_modules/.installed
PAGE := web/dist/index.html
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup studio demo dev down infra-check nightly test bench record check format lock clean-local

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP) ## Make the virtual environment with the locked dependencies
$(STAMP): requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

studio: $(PAGE) ## Build the studio's page
$(PAGE): $(NODE_STAMP) web/index.html web/vite.config.ts $(shell find web/src -type f)
	cd web && npm run --silent build -- --logLevel warn
$(NODE_STAMP): web/package-lock.json
	cd web && npm ci --silent
	touch $@

demo: setup studio ## Sign a writer in, make two characters, a moodboard and a film in their Drive, all on this machine
	@$(BIN)/python -m infra.local demo

dev: setup studio ## The local cloud stays up at http://localhost:8080, with auto-reload
	@$(BIN)/python -m infra.local up

down: setup ## End what `make dev` has started
	@$(BIN)/python -m infra.local down

test: setup studio ## Run all tests
	cd web && npm test --silent
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

infra-check: setup ## Prove of the cloud what can be proved without one: Terraform, releases, alerts, rules, commands
	$(BIN)/python -m infra.check

nightly: setup studio ## What takes long: mutants of the infrastructure, each of which a check must find
	$(BIN)/pytest -n $(WORKERS) -m nightly

bench: setup studio ## Measure speed and memory against a floor of the same run
	$(BIN)/python -m bench

record: setup ## Record what the real Drive answers (GOOGLE_ACCESS_TOKEN, GOOGLE_API_KEY); the tests replay it from then on
	$(BIN)/python -m infra.record

check: setup studio ## Format, lint, types, import contracts, links of the docs; of the studio too
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy main.py functions shared infra bench tests
	$(BIN)/lint-imports
	$(BIN)/python -m infra.check_docs
	$(BIN)/python -m infra.openapi --check
	$(BIN)/python -m infra.emulator_rules --check
	cd web && npm run --silent check

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

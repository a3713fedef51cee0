# The single door: `make` lists what there is. Every target is quick the second time.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo serve check format test faults bench docs bundle clean lock

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WEB := geoserver/web
CITY ?= cities/yunlan
PORT ?= 8000
ONLY ?=
# Node of the system if there is one, else the one that the lock file installs into the venv.
NPM = $$(command -v npm || echo $(abspath $(BIN))/npm)
NPX = $$(command -v npx || echo $(abspath $(BIN))/npx)
NODE = $$(command -v node || echo $(abspath $(BIN))/node)

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.python: requirements-dev.lock pyproject.toml requirements-node.lock
	bash .ci/python-venv $(PYTHON) $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	if ! command -v npm >/dev/null; then \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock; fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.web: $(VENV)/.python $(WEB)/package-lock.json $(WEB)/vendor.json geoserver/vendor.py
	PATH="$$PATH:$(abspath $(BIN))" $(NPM) ci --prefix $(WEB) --ignore-scripts --no-audit --no-fund --loglevel=error
	$(BIN)/python -m geoserver.vendor
	touch $@

setup: $(VENV)/.web  ## Python environment, page assets, compiled kernels
	@$(BIN)/wangge kernels

demo: setup  ## make or open the demo city and serve it on http://127.0.0.1:8000
	$(BIN)/wangge demo --city $(CITY) --port $(PORT)

serve: setup  ## serve an existing city: make serve CITY=folder
	$(BIN)/wangge --city $(CITY) serve --port $(PORT)

check: setup  ## lint, format, types, import contracts; page code: types and unit tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd $(WEB) && PATH="$$PATH:$(abspath $(BIN))" $(NPX) --no-install tsc --project tsconfig.json
	cd $(WEB) && $(NODE) --test tests/*.test.mjs

format:  ## rewrite the code in the one format
	$(BIN)/ruff check --fix-only --quiet . || true
	$(BIN)/ruff format .

test: setup  ## every test but the fault and load suites
	$(BIN)/python -m pytest

faults: setup  ## kill -9, full disk and restart rounds (slow)
	WANGGE_FAULT_ROUNDS=100 $(BIN)/python -m pytest tests -m faults -q

bench: setup  ## ratios against peers, side by side: make bench ONLY=P1,P4
	$(BIN)/wangge bench $(if $(ONLY),--only $(ONLY))

docs: setup  ## write the generated pages: settings, HTTP API, command line, notices
	$(BIN)/python -m geoserver.reference

bundle: setup  ## one archive that installs with the network off
	bash .ci/bundle $(VENV)

lock:  ## resolve the lock files anew
	$(BIN)/python -m uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/python -m uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group dev -o requirements-dev.lock

clean:  ## remove what the targets made, cities excepted
	rm -rf build dist $(VENV) $(WEB)/node_modules $(WEB)/vendor .mypy_cache .ruff_cache .pytest_cache

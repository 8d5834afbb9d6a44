# The targets of this book; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHAPTERS := $(wildcard chapters/*.ipynb)
# What a chapter's numbers depend on besides its own cells: a change here makes the book run every chapter again.
SOURCES := $(shell find src data requirements.lock -type f -not -name "*.md" -not -path '*/__pycache__/*' | LC_ALL=C sort)

.PHONY: help book test lint notebooks strict clean
help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Built beside the finished book, which is replaced only by a complete one. Pages of a failed build are forgotten, as
# Sphinx would not repeat their warnings.
book: $(VENV)/.ready _build/sources ## build the HTML book to _build/html
	$(BIN)/jupyter-book build . --path-output _build/draft -W -n --keep-going || { rm -rf _build/draft/_build/.doctrees; exit 1; }
	@rm -rf _build/new _build/old && cp -r _build/draft/_build/html _build/new
	@if [ -d _build/html ]; then mv _build/html _build/old; fi
	@mv _build/new _build/html && rm -rf _build/old
	@echo "The book is in _build/html/index.html"

# The notebook cache knows only code cells, and Sphinx only pages: both are dropped when anything else that the
# chapters' numbers depend on has changed.
_build/sources: FORCE
	@mkdir -p _build
	@cat $(SOURCES) | sha256sum > $@.new
	@cmp -s $@ $@.new || rm -rf _build/draft
	@mv $@.new $@
FORCE:

test: $(VENV)/.ready ## run every test, the chapters' stored outputs included
	$(BIN)/python -m pytest -q -n auto --dist loadfile --nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg tests src $(CHAPTERS)

lint: $(VENV)/.ready ## check style
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks

notebooks: $(VENV)/.ready ## run all chapters and store their outputs
	$(BIN)/netterbook refresh $(CHAPTERS)

lock: $(VENV)/.ready ## renew requirements.lock from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --all-extras pyproject.toml -o requirements.lock

clean: ## remove the environment and everything built
	rm -rf $(VENV) _build

# The targets of this book; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHAPTERS := index.ipynb $(wildcard chapters/*.ipynb)
# Tests of numbers for the portable run; the others look at files, pages and commands, or run for minutes.
OTHERS := api_pages ask_browser askable browser build calibration chapters chart charts cli compiled contributing curves dependencies downloads environment explorer files folding forest glossary hostile killed misprints mutation names netter_figures own_trial notebooks papers pdf pieces public readme recovered report rerun rows site_parts spelling study style summaries survival_asked sweep tools trial_file validate
# Tests that the quick run leaves out, beside all that builds the ledger (audit, book, project): each takes five seconds and more.
SLOW := build calibration censoring cli curve explanation given hostile input_forms killed own_trial package papers passing pieces public report rerun sources study summaries sweep trial_file validate
TESTS := $(wildcard tests/test_*.py tests/*/test_*.py tests/*/*/test_*.py)
NUMBERS := $(filter-out $(foreach name,$(OTHERS),%/test_$(name).py),$(TESTS))
QUICK := $(filter-out $(foreach name,$(SLOW),%/test_$(name).py),$(wildcard tests/test_*.py $(foreach part,dosimetry methods reconstruction,tests/$(part)/test_*.py)))
# What a chapter's numbers depend on besides its own cells: a change here makes the book run every chapter again.
SOURCES := src data requirements.lock

# Bytecode is kept even where the machine says otherwise: a hundred processes would each compile all packages for ten seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help environment compiled book locked-book pdf test test-quick coverage test-portable lint notebooks lock sbom clean
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

environment: $(VENV)/.ready ## set up .venv from the locked requirements
$(VENV)/.ready: requirements.lock pyproject.toml tools/install.py
	@$(PYTHON) tools/lock.py .venv.lock $(PYTHON) tools/install.py

compiled: environment
	@$(BIN)/python -m netterbook.precompile

book: compiled ## build the HTML book to _build/html
	@$(PYTHON) tools/lock.py _build/lock $(MAKE) --no-print-directory locked-book

# Built beside the finished book, which is replaced only by a complete one. Chapters run first, as many at once as there
# are cores; Sphinx finds their outputs in the cache. Pages of a failed build are forgotten, as Sphinx would not repeat
# their warnings. The notebook cache knows only code cells, and Sphinx only pages: both are dropped when anything else
# that the chapters' numbers depend on has changed. A build killed between the last two moves left the book in `old`.
locked-book:
	@[ -d _build/html ] || [ ! -d _build/old ] || mv _build/old _build/html
	@$(PYTHON) tools/fingerprint.py $(SOURCES) > _build/sources.new
	@cmp -s _build/sources _build/sources.new || rm -rf _build/draft
	@mv _build/sources.new _build/sources
	$(BIN)/python tools/execute.py _build/draft/_build/.jupyter_cache $(CHAPTERS)
	$(BIN)/jupyter-book build . --path-output _build/draft -W -n --keep-going || { rm -rf _build/draft/_build/.doctrees; exit 1; }
	@rm -rf _build/new _build/old && cp -r _build/draft/_build/html _build/new
	@if [ -d _build/html ]; then mv _build/html _build/old; fi
	@mv _build/new _build/html && rm -rf _build/old
	@echo "The book is in _build/html/index.html"

pdf: environment ## print the built book to _build/html/netterbook.pdf; needs Chromium
	@$(PYTHON) tools/lock.py _build/lock $(BIN)/python tools/pdf.py

test: compiled ## run every test, the chapters' stored outputs included
	$(BIN)/python -m pytest -q -n auto --dist loadfile --nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg tests src docs tools $(CHAPTERS)

test-quick: compiled ## run the library's quick tests and examples, while one works: a minute
	$(BIN)/python -m pytest -q -p no:nbval -n auto --dist loadfile $(foreach part,audit book explanation.py,--ignore=src/netterbook/$(part)) $(QUICK) src docs tools

coverage: compiled ## run all tests but the browser's and chapters' with coverage of lines and branches: 95% or it fails
	$(BIN)/python -m pytest -q -p no:nbval -n auto --dist loadfile -m "not browser" --cov --cov-report=term --cov-report=html:_build/coverage tests src docs tools

test-portable: compiled ## chapters and numbers again, as a machine of another kind would compute them
	@$(BIN)/python tools/portable.py -q -n auto --dist loadfile --nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg -m "not browser" $(CHAPTERS) $(NUMBERS)

lint: environment ## check style, types and that imports run one way
	$(BIN)/ruff check src tests benchmarks tools docs chapters index.ipynb
	$(BIN)/ruff format --check src tests benchmarks tools docs
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

notebooks: compiled ## run all chapters and store their outputs
	$(BIN)/netterbook refresh $(CHAPTERS)

lock: environment ## renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-strip-extras --python-version 3.11 --all-extras pyproject.toml -o requirements.lock

sbom: environment ## list every package of the environment, with licences, in _build/sbom.json (CycloneDX) and _build/licences.csv
	@mkdir -p _build
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o _build/sbom.json $(BIN)/python
	@$(BIN)/python tools/licences.py > _build/licences.csv

clean: ## remove the environment and everything built
	rm -rf $(VENV) _build

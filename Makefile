# Everything a person types. `make help` lists it; each line below says what it does.
# Needs git, make and Python 3.11 or newer; all else goes into .venv. Stamps keep a second start short.

SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime-installed
TOOLS := $(VENV)/.tools-installed
INSTALL = set -o pipefail; $(PY) -m pip install --disable-pip-version-check --progress-bar off -r $(1) \
	| awk '/^Collecting/ { printf "."; fflush(); n++ } END { if (n) print "" }'

.DEFAULT_GOAL := help
.PHONY: help run test check bench screenshots clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME) ## Start Meterline: portal, REST API and scheduler on one port (METERLINE_PORT, default 8000)
	@exec $(PY) -m portal

test: $(TOOLS) ## Run every test: unit, API on both databases, browser
	@$(PY) -m tests.chromium
	@$(PY) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: $(TOOLS) ## Check format, lint, types and import contracts
	@$(VENV)/bin/ruff format --quiet --check . || { echo "Run: $(VENV)/bin/ruff format ." >&2; exit 1; }
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/mypy --no-error-summary
	@PYTHONPATH=. $(VENV)/bin/lint-imports > $(VENV)/contracts.log || { cat $(VENV)/contracts.log >&2; exit 1; }

bench: $(TOOLS) ## Measure ratios on both databases, for hours (BENCH_EVENTS=500000 BENCH_CUSTOMERS=1000: shorter)
	@$(PY) -m bench

screenshots: $(TOOLS) ## Take the README's pictures from a demo of its own
	@$(PY) -m tests.chromium
	@$(PY) scripts/screenshots.py

clean: ## Remove what was installed and built; the database in data/ stays
	rm -rf $(VENV) .web .states .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The newest Python on the machine that is new enough, or a clear word if there is none.
$(PY):
	@for python in "$${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then echo "Meterline needs Python 3.11 or newer: install it, or name it with PYTHON=…" >&2; exit 1; fi; \
	echo "Making $(VENV) with $$($$found --version) …"; \
	"$$found" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "This Python cannot make virtual environments. On Debian: apt-get install python3-venv" >&2; exit 1; }

$(RUNTIME): requirements.txt | $(PY)
	@echo "Installing what Meterline needs; the first time takes about a minute …"
	@$(call INSTALL,requirements.txt)
	@touch $@

$(TOOLS): requirements.txt requirements-dev.txt | $(PY)
	@echo "Installing what tests and checks need; the first time takes about a minute …"
	@$(call INSTALL,requirements-dev.txt)
	@touch $@ $(RUNTIME)

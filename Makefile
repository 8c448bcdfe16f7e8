# `make` lists what there is. `make demo` and `make test` work in a fresh clone.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := list
MAKEFLAGS += --no-print-directory

PORT ?= 8000
DATA ?= ./data
ARGS ?=
BIN := .venv/bin
# The first Python on this machine that is recent enough; it only makes the virtual environment.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$python"; break; }; done)
# Checks need settings but no data: theirs must not create anybody's database or key.
SCRATCH := UNMET_DATA=$(CURDIR)/build/check-data DATABASE_URL= DJANGO_SETTINGS_MODULE=unmet.config.settings

.PHONY: list setup setup-test demo test test-both test-sqlite test-postgresql check fix prove bench i18n docs screenshots lock clean

list: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo "  Variables: PORT=$(PORT) DATA=$(DATA) (demo), ARGS='-k name' (test)"

setup: ## set up what running needs (does nothing when nothing changed)
	@$(if $(PYTHON),,echo "Unmet needs Python 3.11 or later; on Debian: apt-get install python3 python3-venv"; exit 1;) \
	$(PYTHON) tools/setup.py

setup-test:
	@$(if $(PYTHON),,echo "Unmet needs Python 3.11 or later; on Debian: apt-get install python3 python3-venv"; exit 1;) \
	$(PYTHON) tools/setup.py --test
	@tools/system_packages.sh

demo: setup ## load a demonstration coalition and serve it; PORT=8000 DATA=./data
	@UNMET_DATA="$(DATA)" exec $(BIN)/unmet demo --port "$(PORT)" --data "$(DATA)"

test: setup-test check test-both ## check everything, then run every test on SQLite and PostgreSQL
	@$(BIN)/python tools/test_report.py

test-both: setup-test
	@tools/test_both.sh $(ARGS)

test-sqlite: setup-test ## on one database only; also test-postgresql
	@rm -f build/tests-*.xml
	@DATABASE_URL= $(BIN)/python -m pytest --junitxml=build/tests-sqlite.xml $(ARGS)

test-postgresql: setup-test
	@$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -m "not pure and not journey" \
		--junitxml=build/tests-postgresql.xml $(ARGS)

check: setup-test ## format, lint, types, import contract, migrations, translations
	@tools/check.sh

fix: setup-test ## format the code and apply the safe repairs of the linter
	$(BIN)/ruff format src tests tools
	$(BIN)/ruff check --fix src tests tools

prove: setup-test ## the same proofs in full size (hours instead of minutes)
	@UNMET_PROVE=1 tools/test_both.sh $(ARGS)
	@$(BIN)/python tools/test_report.py

bench: setup-test ## measure speed beside the peer and the raw database (half an hour); ARGS="--size tenth --only a,c"
	@$(SCRATCH) $(BIN)/python tools/bench $(ARGS)

i18n: setup-test ## bring the .po files up to date with the sentences in the code
	@$(SCRATCH) $(BIN)/python tools/messages.py update

docs: setup-test ## write docs/commands.md again from the command line's own help
	@$(SCRATCH) $(BIN)/python tools/docs.py

screenshots: setup-test ## take the pictures of the guides again
	@UNMET_SCREENSHOTS=docs/guide/images $(BIN)/python -m pytest tests/journeys $(ARGS)

lock: ## resolve the dependencies again into requirements/*.txt
	@tools/lock.sh

clean: ## remove everything that can be made again (not the data)
	rm -rf .venv build staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

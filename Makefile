# Every command of a developer. `make` alone lists them; ARGS passes arguments on, as in `make test ARGS=tests/unit`.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup tools demo test lint format tables screenshots bench run stop lock vendor
MAKEFLAGS += --no-print-directory

ARGS ?=
export PYTHON ?=
PY := .venv/bin/python
CODE := $(wildcard *.py steller bamboo partners wallets catalog orders dev tests)

help: ## List the commands
	@sed -nE 's/^([a-z]+):.* ## (.*)/  make \1\t\2/p' Makefile | expand -t 16

setup: ## Make .venv with the locked requirements (PYTHON=... chooses the Python)
	@bash dev/setup.sh

tools: setup # What the tests need from the operating system
	@bash dev/tools.sh

demo: setup ## Run everything, place an order, show its cards (ARGS=--once ends then)
	@exec $(PY) -m dev.demo $(ARGS)

test: tools ## Run the tests
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# Nothing is served with these: the tools only read the settings.
lint: export DEBUG := true
lint: export SECRET_KEY := for-linting-only
lint: export JWT_SIGNING_KEY := for-linting-only
lint: setup ## Check style, types, layers, migrations and the API description
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(CODE)
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py spectacular --validate --fail-on-warn --file /dev/null

format: setup ## Rewrite the code in the project's format
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

tables: export DEBUG := true
tables: export SECRET_KEY := for-writing-tables-only
tables: export JWT_SIGNING_KEY := for-writing-tables-only
tables: setup ## Write into docs/api.md who may do what, as the code has it
	@$(PY) -m dev.access

screenshots: tools ## Photograph every page into .local/screenshots, and those of README.md into docs/images
	SCREENSHOTS=yes $(PY) -m pytest tests/browser $(ARGS)

bench: tools ## Measure, beside a bare view and PostgreSQL alone (ARGS=--full: longer)
	$(PY) -m tests.bench $(ARGS)

run: setup ## Serve the web on port 8000 with the configured environment
	$(PY) manage.py migrate
	@exec .venv/bin/gunicorn steller.wsgi --bind 127.0.0.1:8000 --reload $(ARGS)

stop: setup ## Stop the embedded PostgreSQL
	@$(PY) -m steller.embedded stop
	@STELLER_LOCAL_DIR=.local/tests $(PY) -m steller.embedded stop >/dev/null

lock: setup ## Lock the requirements again, from pyproject.toml
	@command -v uv >/dev/null || { echo 'make lock needs uv: https://docs.astral.sh/uv/' >&2; exit 1; }
	uv pip compile --quiet --generate-hashes --universal --python-version 3.12 --group dev --upgrade pyproject.toml -o requirements.txt

vendor: ## Build the pages' base style, typeface, icons and htmx from the locked npm packages (needs node; results are committed)
	cd steller/portal/theme && npm ci --ignore-scripts --no-audit --no-fund --silent && npm run --silent build

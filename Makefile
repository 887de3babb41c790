# Needs Python 3.11 or newer, its venv module, and make. Everything else is set up here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo run test overload faults soak day check format stories lock bench clean

demo: $(VENV)/ready ## the whole product on this machine, without any account
	$(BIN)/feedbackbot demo

run: $(VENV)/ready
	$(BIN)/feedbackbot run

test: $(VENV)/ready-dev ## every test; what the machine can't do is skipped by name
	$(BIN)/python -m pytest -n auto --dist loadfile

overload: $(VENV)/ready-dev ## 10,000 messages of one customer, 2,000 invitations and 500 talkers at once; some minutes
	OVERLOAD=full $(BIN)/python -m pytest -rP --durations=0 tests/acceptance/test_overload.py

faults: $(VENV)/ready-dev ## a crash at every named place in every step of a script; `make test` runs a sample
	$(BIN)/python -m pytest tests/faults -m matrix

soak: $(VENV)/ready-dev ## whatever can happen, in any order, many times; then a day with 5,000 purchases and random faults
	FEEDBACKBOT_LIVES=150 $(BIN)/python -m pytest tests/simulated
	$(MAKE) --no-print-directory day
	$(MAKE) --no-print-directory day DAY="--postgres --purchases 500 --hours 3"

day: $(VENV)/ready-dev ## that day alone; its figures go into docs/reliability.md; DAY="--seed 7" repeats one
	PYTHONPATH=tests $(BIN)/python -m simulated.soak $(DAY)

check: $(VENV)/ready-dev ## formatting, lint, types, who may import whom, the shipped scripts
	$(BIN)/ruff format --check src tests
	$(BIN)/ruff check src tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/feedbackbot check conversations

format: $(VENV)/ready-dev
	$(BIN)/ruff format src tests
	$(BIN)/ruff check --fix src tests

stories: $(VENV)/ready-dev ## rewrites the golden transcripts; read the difference before you commit it
	$(BIN)/python -m pytest tests/test_stories.py --update-stories

bench: $(VENV)/ready-dev $(BENCH)/ready ## what a message costs, beside other bots; QUICK=1 takes two minutes
	$(BIN)/python bench/run.py --python $(BIN)/python --peers $(BENCH)/bin/python $(if $(QUICK),--quick)

lock: ## brings the locked versions up to date; needs uv
	uv pip compile --quiet --upgrade pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements/runtime.txt
	uv pip compile --quiet --upgrade pyproject.toml --extra postgres --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements/postgres.txt
	uv pip compile --quiet --upgrade pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements/dev.txt
	uv pip compile --quiet --upgrade --group pyproject.toml:build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements/build.txt
	uv pip compile --quiet --upgrade --group pyproject.toml:bench --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements/bench.txt

clean:
	rm -rf $(VENV) $(BENCH) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "feedbackbot needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/ready: requirements/runtime.txt requirements/build.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/build.txt
	$(PIP) install --require-hashes -r requirements/runtime.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/ready-dev: requirements/dev.txt $(VENV)/ready
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(BENCH)/ready: requirements/bench.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/bench.txt
	@touch $@

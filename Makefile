# `make` sets up and runs the study; `make test` sets up and runs the tests. Both repeat at no cost.
PYTHON ?= python3
CORES ?= all
BIN := .venv/bin
# A bar instead of a line a job, where somebody looks; GNU make 4.1 or newer says so.
BAR := $(if $(MAKE_TERMERR),--logger gen2d)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: study quick test coverage bench lint format faults audit clean distclean schema

study: .venv/study
	$(BIN)/snakemake --cores $(CORES) --rerun-incomplete --nolock --quiet reason $(BAR)
	@echo "The report: results/report.html and results/report.pdf; to play: results/explorer.html"

quick: .venv/study # the whole study, small, in results/quick
	$(BIN)/snakemake --cores $(CORES) --rerun-incomplete --nolock --quiet reason $(BAR) \
	    --configfile workflow/configs/quick.yaml

# One more than there are cores, since tests of the workflow wait for its processes.
WORKERS = $(shell $(BIN)/python -c "import os; print(os.cpu_count() + 1)")
PYTEST = pytest --numprocesses $(WORKERS) --dist worksteal

test: lint
	$(BIN)/python -m $(PYTEST)

coverage: export COVERAGE_FILE = $(CURDIR)/.coverage
coverage: .venv/test # what of the package the tests run, its jobs and copies within
	$(BIN)/coverage run -m $(PYTEST)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

format: .venv/test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

.venv/study: workflow/envs/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	    "expected Python 3.11 or newer; got " + sys.version.split()[0] + " (try make PYTHON=...)")'
	$(PYTHON) -m venv .venv
	$(PIP) install -r workflow/envs/requirements.txt
	$(PIP) install --no-deps --editable .
	touch $@

.venv/test: .venv/study workflow/envs/requirements-test.txt
	$(PIP) install -r workflow/envs/requirements-test.txt
	touch $@

# Memory is kept as in the workflow's jobs.
AS_JOBS = GLIBC_TUNABLES=$$($(BIN)/python -c "from gen2d.plan import stage; print(stage.GLIBC_TUNABLES)")
bench: .venv/test # speed beside other libraries: half an hour
	$(PIP) install --no-deps -r workflow/envs/requirements-bench.txt -r workflow/envs/requirements-jax.txt
	$(AS_JOBS) $(BIN)/python tests/benchmarks/speed.py
	$(AS_JOBS) $(BIN)/python tests/benchmarks/jobs.py
	$(AS_JOBS) $(BIN)/python tests/benchmarks/metrics.py

faults: .venv/test # kills the smoke study 50 times, and compares: half an hour
	$(BIN)/python tests/faults/kills.py 50

audit: .venv/test # pins and licences of all that is installed
	$(BIN)/python tests/licences.py

clean: # everything that the workflow made; the environment stays
	@test -f Snakefile || { echo "expected the project's folder; got $$PWD"; exit 1; }
	@test ! -L results || { echo "results: expected a folder; got a link to $$(readlink results)," \
	    "whose files are left alone; remove the link first"; exit 1; }
	rm -rf .snakemake results/*

distclean: clean # the environment too, and what the tools keep
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage*

schema: .venv/study # brings the JSON schema and the list of rules in step with the code
	$(BIN)/python -c "from gen2d.config import json_schema; print(json_schema(), end='')" \
	    > workflow/schemas/config.schema.json
	$(BIN)/python -m gen2d.plan.listing workflow/README.md

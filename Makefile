# Every target makes .venv when it is missing and does only what is new. ARGS go to the program: make demo ARGS="--speed 300"
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
PACKAGES := tidegate core plugins sandbox tui
SOURCES := $(shell find $(PACKAGES) tests scripts benchmarks -name '*.py' 2>/dev/null)
TYPED := tidegate tests scripts benchmarks
# A daemon answers within a second after an edit; wherever it says anything but yes, and always in CI, mypy itself decides.
DAEMON := $(if $(CI),false,$(BIN)/dmypy --status-file .stamps/dmypy.json run --timeout 3600 -- $(TYPED))
# Two workers more than two cores have: sessions that are played at a set pace wait most of their time.
WORKERS ?= 4
INSTALLED := .venv/installed
# Programs are started again and again: where nothing compiled may be written, each start compiles all of it anew.
unexport PYTHONDONTWRITEBYTECODE
# Compiled once beside the check of types, not by every worker and program of a fresh clone at once.
COMPILE := $(BIN)/python -m compileall -q -x '/tests?/' $(PACKAGES) .venv/lib
CHECKED := .stamps/checked

.PHONY: install demo test check snapshots bench crash rehearse fuzz liveday clean

install: $(INSTALLED)

demo: $(INSTALLED)
	$(BIN)/python -P -m tidegate demo $(ARGS)

test: check
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(CHECKED)

snapshots: $(INSTALLED)
	$(BIN)/pytest tests/screens --snapshot-update $(ARGS)
	cp 'tests/screens/__snapshots__/test_snapshots/test_screens[desk-normal-120x40].svg' docs/desk.svg

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks $(ARGS)

KILLS ?= 300
crash: $(INSTALLED)
	$(BIN)/python -m scripts.crash.matrix --kills $(KILLS) $(ARGS)

MINUTES ?= 120
SPEED ?= 30
SEED ?= 7
rehearse: $(INSTALLED)
	$(BIN)/python -m scripts.rehearsal.rehearse --minutes $(MINUTES) --speed $(SPEED) --seed $(SEED) $(ARGS)

liveday: SPEED = 40
liveday: $(INSTALLED)
	$(BIN)/python -m scripts.live_day.told --speed $(SPEED) $(ARGS)

SECONDS ?= 60
fuzz: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	$(BIN)/python -m scripts.fuzz --seconds $(SECONDS)
	HYPOTHESIS_PROFILE=many $(BIN)/pytest -n $(WORKERS) --dist worksteal -m hypothesis $(ARGS)

clean:
	-@$(BIN)/dmypy --status-file .stamps/dmypy.json stop >/dev/null 2>&1
	rm -rf .stamps .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist snapshot_report.html
	find $(PACKAGES) tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Tidegate needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv .venv

$(INSTALLED): pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[dev]'
	@touch $@

$(CHECKED): $(INSTALLED) $(SOURCES) pyproject.toml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p $(@D)
	@{ $(BIN)/lint-imports > .stamps/contracts; kept=$$?; $(COMPILE); exit $$kept; } & contracts=$$!; \
	  $(DAEMON) >/dev/null 2>&1 || $(BIN)/mypy $(TYPED) || failed=1; \
	  wait $$contracts || { cat .stamps/contracts; failed=1; }; exit $${failed:-0}
	@touch $@

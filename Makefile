# Each target does its own set-up. The first run needs Python 3.11 or newer, make and the network; later ones do not.
SHELL := /bin/sh
BIN := .venv/bin
ARGS ?=
ONLY ?=
unexport PYTHONDONTWRITEBYTECODE # else each of the hundreds of processes that the tests start compiles everything again

.PHONY: help demo test test-slow test-arm64 lint bench soak package lock docs pictures clean

help:
	@echo "make demo   a simulated workshop on this machine: real protocols, dashboard, MQTT (ARGS=\"--port 18080\")"
	@echo "make test   every test of ten minutes together; make test-slow runs the longer ones"
	@echo "make lint   ruff and mypy"
	@echo "make bench  the speed and memory we claim, as JSON lines (ONLY=engine)"
	@echo "make soak   power cuts, flipped bits, kills and hours of outages (HOURS=1 ONLY=crash, flips, model, engine, frames, replug, alarms, kills, outages)"
	@echo "make package  what a Raspberry Pi installs without a network: dist/gongbang-VERSION (ARGS=\"--this\": for here)"
	@echo "make pictures  the guide's pictures of the screens, where they are not as the screens are"
	@echo "make test-arm64  the installation and the tests on an emulated Pi's processor (as root; an hour)"

.venv/run.stamp: requirements/run.txt pyproject.toml tools/environment.sh
	@tools/environment.sh run

.venv/dev.stamp: requirements/dev.txt pyproject.toml tools/environment.sh
	@tools/environment.sh dev

SCREENS := $(shell find dashboard gateway/words center/words -type f -not -path '*/node_modules/*' 2>/dev/null)
BUILT := gateway/web/static/index.html center/static/index.html
gateway/web/static/index.html: $(SCREENS) tools/screens.sh
	@tools/screens.sh

center/static/index.html: gateway/web/static/index.html
	@test -e $@ || tools/screens.sh
	@touch $@

demo: .venv/run.stamp $(BUILT)
	@tools/kernel.sh
	@$(BIN)/gongbang demo $(ARGS)

test: .venv/dev.stamp $(BUILT)
	@tools/packages.sh
	@tools/kernel.sh
	$(BIN)/pytest -m "not slow" -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-slow: .venv/dev.stamp $(BUILT)
	@tools/packages.sh
	@tools/kernel.sh
	$(BIN)/pytest -m slow -n 4 --dist loadfile --no-loadscope-reorder --timeout 900 $(ARGS)

# 77: this machine cannot run arm64 programs, as it says itself.
test-arm64: .venv/dev.stamp $(BUILT)
	@tools/arm64.sh || [ $$? = 77 ]

package: .venv/run.stamp $(BUILT)
	@tools/package.sh $(ARGS)

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/dev.stamp $(BUILT)
	@tools/packages.sh >&2
	@tools/kernel.sh
	@$(BIN)/python benchmarks/run.py $(ONLY)

soak: .venv/dev.stamp $(BUILT)
	@tools/packages.sh
	@tools/kernel.sh
	$(BIN)/python benchmarks/soak.py --hours $(or $(HOURS),1) --only "$(ONLY)"

lock: .venv/dev.stamp
	@tools/lock.sh

docs: .venv/dev.stamp
	$(BIN)/python -m gateway.config.reference
	$(BIN)/python -m gateway.config.supported
	$(BIN)/python -m gateway.config.expressions

# Only those that show something else than the screens do.
pictures: .venv/dev.stamp $(BUILT)
	PICTURES=anew $(BIN)/pytest -q tests/dashboard/test_icons.py tests/dashboard/test_pictures.py

clean:
	rm -rf .venv build dist *.egg-info gateway/web/static center/static dashboard/node_modules .cache

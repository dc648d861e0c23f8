# Everyday commands. Each sets up what it needs: Python 3.11 or newer, make and a package index are enough.
PYTHON ?= python3
RUN := .venv/bin/python -m
SEATS ?= 10000
RATE ?= 500
HOLD ?= 60
WORKERS ?= 1
ENGINES := tests/contracts/test_speech.py tests/contracts/test_painter.py tests/models tests/play tests/voice tests/art
# Where nothing compiled may be kept, each process of each suite compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help play test check fmt slow engines gpu services faults containers bench load sheets docs lock ci setup

help:
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

play:  ## sit down and play
	@$(PYTHON) tools/setup.py play
	@$(RUN) taleforge play

test: setup  ## run the tests that everybody runs before a commit
	@$(RUN) pytest -n 3  # of two cores none waits while a test does

check: setup  ## formatting, lint, types, import contract, stale reference pages
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) pyright
	.venv/bin/lint-imports --no-logo
	$(RUN) tools.docs --check

fmt: setup  ## format the code and repair what can be repaired
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

slow: setup  ## run the long suites: kill -9, statistics, a fresh install, a smoke run of the benchmarks
	$(RUN) pytest -n 2 -m slow
	$(RUN) benchmarks --smoke

engines:  # run engines with models: the real code, on small weights that the tests make
	@$(PYTHON) tools/setup.py engines
	.venv-engines/bin/python -m pytest -m engines $(ENGINES)

gpu:  # the same on a graphics card of NVIDIA's, in whatever environment PYTHON is of: CUDA's libraries are for you to choose
	$(PYTHON) -m pytest -m gpu tests/art tests/voice

services: setup  ## kill a real PostgreSQL, a real Redis or NATS, and those who play
	$(RUN) pytest -m services

faults: setup  # of the suites before, all that kills, freezes, cuts off and fills up
	$(RUN) pytest -m "not containers" tests/faults

containers: setup  ## build the image, deploy it, play there, crash each service; needs a container engine
	$(RUN) pytest -n 2 --dist loadfile -m containers tests/deploy

load: setup  ## play on WORKERS processes with SEATS players, at up to RATE commands a second, each for HOLD seconds
	LOAD_SEATS=$(SEATS) LOAD_RATE=$(RATE) LOAD_HOLD=$(HOLD) LOAD_WORKERS=$(WORKERS) $(RUN) benchmarks bench_load

bench: setup  ## measure, and write benchmarks/results.md
	$(RUN) benchmarks

sheets: setup  # paint contact sheets into artefacts/
	$(RUN) tools.sheets

docs: setup  ## regenerate docs/reference and deploy/.env.example
	$(RUN) tools.docs

lock: setup  # compile requirements/*.txt anew, with hashes
	$(RUN) tools.lock

ci:  # all of it, as the server does
	.ci/run

setup:
	@$(PYTHON) tools/setup.py dev

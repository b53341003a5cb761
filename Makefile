# Needs git, make and Python 3.11 or later with venv; everything else is installed into .venv by the first run.
#
#   make demo [ARGS=...]   install, then show a fault being located, isolated and restored
#   make test [ARGS=...]   install, then run the tests (ARGS go to pytest)
#   make check             lint, format, types, import rules
#   make clean             forget the installation

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
WITHOUT_HMI := $(VENV)/without-hmi
PYTEST = $(BIN)/python -m pytest $$(test ! -e $(WITHOUT_HMI) || echo -p no:pytest-qt)
PACKAGES := models protocols substation hmi sim_ied

# The installation is renewed when what it is made from changes. pyproject.toml holds the settings of tools as well and
# changes often, so it does not count.
INPUTS := setup.cfg constraints.txt

.PHONY: demo test check setup setup-test libraries nats-server postgresql tshark clean
.NOTPARALLEL:

demo: setup
	$(BIN)/python -m ringmain demo $(ARGS)

test: setup-test
	@$(PYTEST) -n 2 --dist loadfile -m 'not alone' $(ARGS); together=$$?; \
	$(PYTEST) -m alone $(ARGS) && exit $$together

check: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES) ringmain.py
	$(BIN)/lint-imports

setup: $(VENV)/installed libraries

setup-test: $(VENV)/installed-test libraries nats-server postgresql tshark

libraries: | $(VENV)/installed
	@build-aux/system-libraries $(WITHOUT_HMI) $(BIN)/python

nats-server:
	@build-aux/nats-server

postgresql:
	@build-aux/postgresql

tshark:
	@build-aux/tshark

$(VENV)/installed: $(INPUTS) | $(BIN)/pip
	$(BIN)/pip install --constraint constraints.txt --editable '.[hmi]'
	@touch $@

$(VENV)/installed-test: $(INPUTS) | $(BIN)/pip
	$(BIN)/pip install --constraint constraints.txt --editable '.[hmi,cipher,forecast,nats,parquet,postgres,test]'
	@touch $(VENV)/installed $@

$(BIN)/pip:
	@test -n '$(PYTHON)' || { echo 'make: needs Python 3.11 or later with venv (Debian: apt-get install python3-venv)' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) *.egg-info

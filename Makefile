# Thin names for tox environments. `make` alone lists them.
#
#   DATA=/path/to/coco   a COCO tree instead of the embedded images
#   LIMIT=n              the first n images only
#   ARGS='...'           further options, passed on as they are
#   ENGINE=local|slurm   eval-all in shards: SHARDS=n of each model and precision, JOBS=m at once

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYENV_ROOT ?= $(HOME)/.pyenv
PASSED := $(if $(DATA),--data '$(DATA)') $(if $(LIMIT),--limit $(LIMIT)) $(ARGS)
TESTS := lint,common-py37,common-py310,common-py311,common-py313,test-report,test-mxnet,test-torch,test-tf1,test-tf2,test-workflow
ALL_TESTS := lint,common-py37,common-py38,common-py39,common-py310,common-py311,common-py312,common-py313,test-report,test-mxnet,test-torch,test-tf1,test-tf2,test-workflow
MODELS := mxnet,torch,tf1,tf2
SHARDED := --engine '$(ENGINE)' $(if $(SHARDS),--shards $(SHARDS)) $(if $(JOBS),--jobs $(JOBS))

# pyenv's shims answer only for the versions .python-version names; its interpreters answer always.
export PATH := $(PATH):$(subst $() ,:,$(wildcard $(PYENV_ROOT)/versions/*/bin))
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV

TOX = eval "$$(tools/uv-settings)"; $(BIN)/python -m tox run -q

.PHONY: help tools eval-all test torture fuzz lint format lock doctor demo-weights clean distclean

help: ## list the targets
	@sed -n 's/^#   /  /p' Makefile
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

tools: $(READY) ## set up .venv with the pinned tox, uv and ruff

$(READY): requirements/tools.txt
	@python="$$(tools/find-python)" && echo "setting up $(VENV) with $$python" && \
	"$$python" -m venv --clear $(VENV) && \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements/tools.txt
	@touch $@

eval-all: $(READY) ## evaluate every model, fp32 and quantized, and report on them (DATA=, LIMIT=, ARGS=, ENGINE=)
ifdef ENGINE
	@$(TOX) -e zoo -- --help >/dev/null && $(TOX) -e $(MODELS) -- python --version >/dev/null
	@$(TOX) -e workflow -- $(SHARDED) $(PASSED)
else
	@eval "$$(tools/uv-settings)"; exec $(BIN)/python tools/eval-all $(PASSED)
endif

test: $(READY) ## run every test and the linter (ALL=1: on every interpreter)
	@$(TOX) -e $(if $(ALL),$(ALL_TESTS),$(TESTS)) || { echo "if an interpreter is missing: make doctor"; exit 1; }

fuzz: $(READY) ## feed every reader with 10,000 broken files (ARGS='--cases N --seed N --only NAMES')
	@$(TOX) -e fuzz,mxnet,torch,tf1,tf2 -- python -c ''
	@$(BIN)/python -m fuzz $(ARGS)

lint: $(READY) ## ruff check and ruff format --check
	@$(TOX) -e lint

torture: $(READY) ## ten minutes of kill -9, full disks, races and slow files (ARGS='--seed 2 --only kill/merge')
	@$(TOX) -e zoo -- --version
	@$(TOX) -e tf2 -- python -c ''
	@exec .tox/zoo/bin/python -m torture $(ARGS)

format: $(READY) ## let ruff mend and format the sources
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock: $(READY) ## renew the lock files (UPGRADE=1: newest versions)
	@tools/lock $(if $(UPGRADE),--upgrade)

doctor: $(READY) ## say what this machine has, what is missing, and what mends it
	@PYTHONPATH=packages/zoo-common/src $(BIN)/python -m zoo_common.doctor $(ARGS)

demo-weights: $(READY) ## train the embedded networks again from their recipes (OF=mxnet, torch, tf1 or tf2: one of them)
	@status=0; for name in $(or $(OF),mxnet torch tf1 tf2); do \
	case $$name in tf2) module=zoo_tf2_rle ;; *) module=zoo_$$name ;; esac; \
	$(TOX) -e $$name -- python -m $$module.demo $(ARGS) || status=$$?; done; exit $$status

clean: ## remove caches and built files; runs and environments stay
	@rm -rf build dist .pytest_cache .ruff_cache .hypothesis
	@find packages -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove the environments too
	@rm -rf .tox $(VENV)

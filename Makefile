# Each target is explained by `make help`. PYTHON, ANSIBLE_CORE, ROUTE, NAME, RUNS, MINUTES, KIND, SEED, PAIR, BLUE and GREEN may be set: make bench NAME=cutover
.DEFAULT_GOAL := help
ifndef AT_ONCE
.NOTPARALLEL:
endif

BIN := .venv/bin
RUNS ?= 20
SETS ?= 500
SEEDS ?= 20
MINUTES ?= 20
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal

# ansible-lint, molecule and the demo start ansible-playbook by its name.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: venv
venv: .venv/complete ## Make .venv with ansible-core, psycopg2, pytest and the linters (PYTHON=/path, ANSIBLE_CORE=2.18)

.venv/complete: requirements-dev.lock scripts/venv.sh
	@PYTHON="$(PYTHON)" ANSIBLE_CORE="$(ANSIBLE_CORE)" scripts/venv.sh

.PHONY: lock
lock: venv ## Renew both lock files: the newest releases that requirements-dev.txt and -release.txt allow, with their hashes
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --native-tls \
		--custom-compile-command "make lock" --output-file requirements-dev.lock requirements-dev.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --native-tls \
		--custom-compile-command "make lock" --output-file requirements-release.lock requirements-release.txt

.PHONY: demo
demo: venv ## Migrate a live database from 17 to 18, back, and forth again (ROUTE=haproxy, BLUE=14 GREEN=16, METRICS=1)
	@$(BIN)/python -m demo $(if $(ROUTE),--route $(ROUTE)) $(if $(BLUE),--blue $(BLUE)) $(if $(GREEN),--green $(GREEN)) $(if $(METRICS),--metrics)

.PHONY: pairs
pairs: venv ## The demo with every pair of versions, one after the other, and a table of the longest gaps (PAIR=14-17,18-17)
	@$(BIN)/python -m demo pairs $(if $(ROUTE),--route $(ROUTE)) $(if $(PAIR),--pair $(PAIR))

.PHONY: test
test: venv ## Run all of the following, up to integration, of which each day of the week takes another seventh: under 20 minutes on 2 cores
	@$(MAKE) --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) AT_ONCE=1 SCENARIO=rollback lint unit molecule sanity
	@$(MAKE) integration IN_TURN=7

.PHONY: lint
lint: venv ## ruff, mypy, vulture (code that only tests use is dead as well), vermin, yamllint, ansible-lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy -p ansible_collections.bluegreen.postgresql.plugins -p tests -p demo -p conftest
	$(BIN)/vulture
	$(BIN)/vermin --no-tips --quiet --target=3.9- --violations plugins
	$(BIN)/yamllint --strict .
	$(BIN)/ansible-lint --offline

.PHONY: unit
unit: venv ## Unit tests of the pure core, and the layering test
	$(PYTEST) tests/unit -m "not soak"

.PHONY: molecule
molecule: venv ## Whole migrations; make test takes the one that goes there and back (SCENARIO=rollback)
	$(BIN)/molecule test $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)

.PHONY: sanity
sanity: venv ## ansible-test sanity, all tests, no ignore file
	scripts/sanity.sh

.PHONY: integration
integration: venv ## Modules against real servers, all of them (half an hour)
	$(PYTEST) tests/integration -m "not soak" --durations=25 --in-turn=$(or $(IN_TURN),1)

.PHONY: package
package: venv ## Build the collection, install it into an empty folder and run the demo from there
	scripts/package.sh

.venv-release/complete: requirements-release.lock scripts/venv.sh
	@PYTHON="$(PYTHON)" VENV=.venv-release LOCK=requirements-release.lock scripts/venv.sh

.PHONY: docs
docs: .venv-release/complete ## Build the documentation site; a warning is an error
	scripts/docs.sh

.PHONY: release
release: venv .venv-release/complete ## Build what a release consists of, and try all of it (needs a clean tree)
	scripts/release.sh

.PHONY: soak
soak: venv ## The long tests, and every scenario of molecule
	$(PYTEST) tests -m soak
	$(BIN)/molecule test --all

.PHONY: old-blue
old-blue: venv ## The tests of fence, switch, links and comparison with another version of blue (BLUE=12)
	BLUEGREEN_TEST_BLUE=$(or $(BLUE),13) $(PYTEST) $(addprefix tests/integration/,service switch comparison replication lanes)

.PHONY: chaos
chaos: venv ## Kill tests: the switch at each step (RUNS=n), every other phase at random times
	$(BIN)/python -m tests.chaos --runs $(RUNS)
	$(BIN)/python -m tests.chaos.phases

.PHONY: attack
attack: venv ## Attackers' statements at random beside whole migrations (MINUTES=n, KIND=owner)
	$(BIN)/python -m tests.attack --minutes $(MINUTES) $(if $(KIND),--kind $(KIND)) $(if $(SEED),--seed $(SEED))

.PHONY: fuzz
fuzz: venv ## Every module with parameters that cannot be meant, on a real pair (SETS=500 a module, NAME=cutover)
	BLUEGREEN_FUZZ_SETS=$(SETS) $(PYTEST) tests/fuzz $(if $(NAME),-k $(NAME))

.PHONY: schemas
schemas: venv ## Random schemas through whole migrations, with planted faults (SEEDS=100 SEED=7 PAIR=17-18,14-17); NAME=zoo, NAME=others
	BLUEGREEN_SCHEMAS_SEEDS=$(SEEDS) BLUEGREEN_SCHEMAS_SEED=$(or $(SEED),1) $(if $(PAIR),BLUEGREEN_SCHEMAS_PAIR=$(PAIR)) \
		$(PYTEST) tests/schemas -rP -k $(or $(NAME),random)

.PHONY: bench
bench: venv ## All benchmarks, or one (NAME=cutover)
	@$(BIN)/python -m tests.benchmark $(NAME)

.PHONY: mutate
mutate: venv ## Change the pure core bit by bit, and list what no unit test notices (NAME=link_plan)
	@PYTHONPATH=collections nice -n 15 $(BIN)/python -m scripts.mutate $(NAME)

.PHONY: matrix
matrix: venv ## A part of the tests with each ansible-core and each Python that is here (NAME=2.18-3.11)
	@$(BIN)/python -m scripts.matrix $(NAME)

.PHONY: coverage
coverage: venv ## Which lines of the plugins the tests reach
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist worksteal tests/unit tests/integration -m "not soak"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

.PHONY: clean
clean: ## Remove .venv, the work folder and caches
	rm -rf .venv .venv-release .work .ansible .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

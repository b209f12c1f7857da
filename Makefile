# One word each: run, test, check, bench, clean. A Python from 3.12 on is all they need.

# Which Python makes the environment: PYTHON, or the first of these that works. Each is
# tried, since a name on the PATH may be a shim for a version that is not installed.
PYTHONS = "$${PYTHON:-false}" .venv/bin/python python3.12 python3.13 python3.14 python3.15 python3 python
FITS = import ctypes, ensurepip, fcntl, sqlite3, ssl, sys, venv; sys.exit(sys.version_info < (3, 12))
MISSING = Missed Call needs Python 3.12 or newer with its venv module. Install it \
	(Debian: apt install python3 python3-venv; macOS: brew install python), \
	or name it: PYTHON=/path/to/python3.12 make $@
LAUNCH = for python in $(PYTHONS); do \
	"$$python" -c '$(FITS)' >/dev/null 2>&1 && exec "$$python" -m missedcall.launch $(1); \
	done; echo "$(MISSING)" >&2; exit 1

BIN = .venv/bin
PYTEST = $(BIN)/python -m pytest -n auto --maxprocesses=4 --dist=loadgroup
COVERAGE = --cov --cov-report=term --cov-fail-under=95

# Rules that promises rest on: every branch is tested.
RULES = conversations/textback.py,conversations/outbox.py,conversations/optouts.py,conversations/verdict.py,conversations/evidence.py,conversations/keywords.py,conversations/segments.py,conversations/receipts.py,crm/consent.py,crm/hours.py,crm/phones.py,booking/callbacks.py,booking/call_times.py

# What a production installation sets, for `check --deploy`.
PRODUCTION = env -u DEBUG SITE_URL=https://text.example.com DATA_DIR=.venv/check \
	TWILIO_ACCOUNT_SID=AC00000000000000000000000000000000 TWILIO_AUTH_TOKEN=secret SIMULATOR=0

.PHONY: run test check lint bench clean environment

run:
	@$(call LAUNCH,run)

environment:
	@$(call LAUNCH,environment-dev)

test: environment
	@$(PYTEST) $(ARGS)

check: lint
	@$(PYTEST) $(COVERAGE)
	@$(BIN)/coverage report --include=$(RULES) --fail-under=100

lint: environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	@$(PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level=WARNING

bench: environment
	@$(BIN)/python -m bench.text_back --quick
	@$(BIN)/python -m bench.webhooks --quick

clean:
	rm -rf .venv staticfiles htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two commands: `make run` and `make test`. Each makes .venv and installs what is pinned, once.
# Settings are environment variables (docs/operations.md): `make run PORT=9000`.

# The first Python on the path that is new enough; PYTHON=/path/to/python names another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$python" && break; done)

.PHONY: run install install-tools test format python

run: install
	@exec .venv/bin/python -m cityinit.supervise

install: python
	@"$(PYTHON)" -I cityinit/install.py requirements.txt

test: install-tools
	@exec .venv/bin/python -m tests.run

format: install-tools
	@.venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format .

install-tools: python
	@"$(PYTHON)" -I cityinit/install.py requirements-dev.txt

python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "cityinit needs Python 3.11 or newer: install it, or name it as PYTHON=/path/to/python3.11." >&2; exit 1; }

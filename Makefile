# The commands that are worth a name. What they do lies in run.py, tools/ and pyproject.toml.
.PHONY: demo test lock clean

PYTHON ?= python3
# Markers hold from 3.11.0 on: redis needs async-timeout below 3.11.3, and Debian 12 has 3.11.2.
COMPILE = uv pip compile --quiet --universal --python-version 3.11.0 --fork-strategy fewest \
	--generate-hashes --no-header --no-annotate $(LOCKFLAGS)
RUNNERS = --extra docker --extra kubernetes

demo:
	$(PYTHON) run.py

test:
	$(PYTHON) run.py test

# All versions anew: make lock LOCKFLAGS=--upgrade
lock:
	echo pip | $(COMPILE) - --output-file requirements/pip.txt
	$(COMPILE) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) pyproject.toml $(RUNNERS) --constraints requirements/runtime.txt --output-file requirements/launcher.txt
	$(COMPILE) pyproject.toml $(RUNNERS) --extra browser --extra plot --group dev --constraints requirements/launcher.txt --output-file requirements/dev.txt

clean:
	rm -rf .venv* dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

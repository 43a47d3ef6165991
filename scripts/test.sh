#!/usr/bin/env bash
# Runs the linter, the formatter's check and all tests. Arguments go to pytest instead of `tests`.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
setup
if (($# == 0)); then
  cd "$ROOT"
  ruff check .
  ruff format --check .
  set -- tests
fi
exec python -m pytest -c "$ROOT/.pytest.ini" --rootdir "$ROOT" "$@"

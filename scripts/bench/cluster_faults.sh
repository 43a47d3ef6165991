#!/usr/bin/env bash
# Breaks a cluster of this machine while programs run on it, and says what comes out:
#   scripts/bench/cluster_faults.sh --pages=DIR [--hosts] [--parts=N] [--faults=NAME,…] [--scratch=DIR]
# Executors, workers and networks fail and disks fill up; each run must end with the records of an
# undisturbed run, or with one clear message and no output. scripts/bench/cluster_faults.py --help
# says more.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../setup.sh"
setup
exec python "$ROOT/scripts/bench/cluster_faults.py" "$@"

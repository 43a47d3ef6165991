#!/usr/bin/env bash
# Kills every program at random moments, fills the disks of some, and says what is left:
#   scripts/bench/faults.sh [--programs=NAME,…] [--faults=SIGTERM,SIGKILL,full_disk] [--moments=N]
#     [--other_moments=N] [--minutes=N] [--again] [--scratch=DIR]
# The six programs that write or train most run on real input, and are struck at N moments (20) by
# each fault; the others run on small inputs, are struck at N (3) and only killed. What was tried is
# kept in DIR (out/faults), and not tried again: with --minutes, each call goes on where the last one
# stopped, and two at once share the work. scripts/bench/faults.py --help says more.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../setup.sh"
setup
exec python "$ROOT/scripts/bench/faults.py" "$@"

#!/usr/bin/env bash
# Measures the Wikipedia flow on this machine, from a dump to counts of pairs:
#   scripts/bench/wikipedia.sh DUMP.xml.bz2 [--copies=N] [--steps=NAME,…] [--work=FOLDER]
#     [--glove=DIR] [--book=STEP=SECONDS,…]
# For each step: seconds from start to end, the start of Java included; seconds of all processors;
# records and decompressed MB that it reads a second; the most memory of all its processes together;
# the floor, which is how long as many processes need in the same run only to bunzip what it reads
# and bzip what it writes, with the same libraries; and ratios to it and to what the book's programs
# took: on this machine, where --book says so of all four (xml2proto, tokenize, dictionary,
# cooccurrence), or, for the dump of enwik8, as they were measured elsewhere. xml2proto_1 has one
# worker. Steps in _raw read the text with its markup and split it as the book does, the others what
# a reader sees. Then `counting`: words a second of the counting core of make_cooccurrence alone on
# one core, beside Stanford's cooccur where --glove names the folder of its programs; and
# `find_neighbors`: 1,000 queries against 400,000 x 64. --copies=N measures at N times the size: the
# dump is repeated with changed titles, and no floors are measured. --steps does only those. With
# --work what the steps leave is kept there, so that they can be run in pieces. The table goes to
# standard output, and a line of JSON for each run is appended to
# scripts/bench/results_wikipedia.jsonl. Needs 20 times the size of the dump in TMPDIR.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../setup.sh"

fail() {
  echo "wikipedia.sh: error: $1; see scripts/bench/wikipedia.sh --help" >&2
  exit 2
}

dump='' copies=1 steps='' work='' glove='' book=''
for word in "$@"; do
  case $word in
    --copies=*) copies=${word#*=} ;;
    --steps=*) steps=${word#*=} ;;
    --work=*) work=$(realpath -m "${word#*=}") ;;
    --glove=*) glove=$(realpath -m "${word#*=}") ;;
    --book=*) book=${word#*=} ;;
    -h | --help) usage && exit ;;
    -*) fail "cannot use $word" ;;
    *) dump=$(realpath -m "$word") ;;
  esac
done
[[ -r $dump ]] || fail "name a dump that can be read, not '$dump'"
[[ $copies =~ ^[1-9][0-9]*$ ]] || fail "--copies=$copies: it is a number from 1 on"
[[ -z $glove || -x $glove/cooccur ]] || fail "there is no program cooccur in '$glove'"

setup
cd "$ROOT"
if [[ -z $work ]]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"
python scripts/bench/wikipedia_steps.py --dump="$dump" --copies="$copies" --steps="$steps" \
  --work="$work" --glove="$glove" --book="$book" --results="$here/results_wikipedia.jsonl"

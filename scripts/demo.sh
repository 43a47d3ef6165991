#!/usr/bin/env bash
# Runs a flow on real input and shows what came out:
#   scripts/demo.sh [wikipedia] [DUMP]
# wikipedia (the default): from a dump to word vectors and a page of nearest neighbours. DUMP is a
# MediaWiki XML dump; without one, the 206 pages of English Wikipedia inside the gensim package.
# Results go to out/demo in the repository, or to the folder in DEMO_OUTPUT; a former run's are
# replaced.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

usage() {
  sed -n '2,/^set /p' "${BASH_SOURCE[0]}" | sed '$d; s/^# \{0,1\}//'
}

# Says what is run, runs it, and fails with its error.
step() {
  echo "+ $*" >&2
  "$@"
}

demo_wikipedia() {
  local dump=${1:-} out=$output/wikipedia min_frequency=10
  if [[ -z $dump ]]; then
    dump=$(python - <<'PY'
import importlib.util
import pathlib

gensim = pathlib.Path(importlib.util.find_spec('gensim').origin).parent
name = 'enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2'
print(gensim / 'test' / 'test_data' / name)
PY
    )
    min_frequency=5
  fi
  local tokens=$out/token.tstat.pb.b64.bz2 titles=$out/title.tstat.pb.b64.bz2
  local terms=${DEMO_TERMS:-science,music,war,king,computer,water}
  step python -m wikipedia.xml2proto --input_file="$dump" --output_file="$out/pages" --overwrite
  step "$ROOT/scripts/spark_submit.sh" wikipedia/tokenize_pages.py --input_file="$out/pages" \
    --output_file="$out/docs" --overwrite
  step "$ROOT/scripts/spark_submit.sh" wikipedia/make_dictionary.py --input_file="$out/docs" \
    --token_output="$tokens" --title_output="$titles" --min_token_frequency=$min_frequency --overwrite
  step "$ROOT/scripts/spark_submit.sh" wikipedia/make_cooccurrence.py --input_file="$out/docs" \
    --token_dictionary="$tokens" --output_file="$out/cooccurrence" --overwrite
  step python -m wikipedia.train_cooccurrence --train_input_pattern="$out/cooccurrence" \
    --token_dictionary="$tokens" --model_dir="$out/model" --terms="$terms" --overwrite
  step python -m wikipedia.find_neighbors --model_dir="$out/model" --terms="$terms" \
    --format=html --output="$out/neighbors.html" --overwrite
  step python -m wikipedia.evaluate_embeddings --model_dir="$out/model" \
    --output="$out/evaluation.json" --overwrite
  step python -m wikipedia.find_neighbors --model_dir="$out/model" --terms="$terms" --max_terms=8
  echo
  echo "A page of nearest neighbours: $out/neighbors.html"
}

flow=${1:-wikipedia}
case $flow in
  -h | --help)
    usage
    exit 0
    ;;
  wikipedia) ;;
  *)
    echo "demo.sh: error: no flow is called $flow; see scripts/demo.sh --help" >&2
    exit 2
    ;;
esac
dump=${2:-}
if [[ -n $dump ]]; then
  dump=$(realpath -e "$dump") || exit 1
fi
setup
output=${DEMO_OUTPUT:-$ROOT/out/demo}
mkdir -p "$output"
output=$(realpath "$output")
cd "$ROOT"
SECONDS=0
"demo_$flow" "$dump"
echo "Took $SECONDS s."

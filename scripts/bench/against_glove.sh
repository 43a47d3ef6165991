#!/usr/bin/env bash
# Measures our word vectors against Stanford's GloVe on the very same words:
#   scripts/bench/against_glove.sh DIR --docs=DATA [--x_max=10,100] [--epochs=25] [--work=FOLDER]
#     [--steps=text,count_theirs,train_theirs,count_ours,train_ours,scores]
# DIR holds the programs vocab_count, cooccur, shuffle and glove; DATA is a data set of TextDocument.
# Both get words that occur ten times, a window of 10 to both sides, vectors of 64 dimensions and
# two threads; a document is a line for them, which no window crosses. Theirs is trained for
# --epochs with each --x_max and seed 1, ours by its defaults. The table holds seconds, the loss of
# both at x_max 10 over the same pairs, and what evaluate_embeddings says; it goes to standard
# output, and a line of JSON to scripts/bench/results_against_glove.jsonl. With --work, what the
# steps leave is kept there, and they can be run in pieces. Needs 4 GB for 14 M words.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../setup.sh"

fail() {
  echo "against_glove.sh: error: $1; see scripts/bench/against_glove.sh --help" >&2
  exit 2
}

all=text,count_theirs,train_theirs,count_ours,train_ours,scores
glove='' docs='' work='' x_max=10 epochs=25 steps=$all
for word in "$@"; do
  case $word in
    --docs=*) docs=$(realpath -m "${word#*=}") ;;
    --work=*) work=$(realpath -m "${word#*=}") ;;
    --x_max=*) x_max=${word#*=} ;;
    --epochs=*) epochs=${word#*=} ;;
    --steps=*) steps=${word#*=} ;;
    -h | --help) usage && exit ;;
    -*) fail "cannot use $word" ;;
    *) glove=$(realpath -m "$word") ;;
  esac
done
for program in vocab_count cooccur shuffle glove; do
  [[ -x $glove/$program ]] || fail "there is no program $program in '$glove'"
done
[[ -e $docs ]] || fail "--docs='$docs' is not there"
[[ $epochs =~ ^[1-9][0-9]*$ ]] || fail "--epochs takes a number, not '$epochs'"
[[ $x_max =~ ^[0-9.]+(,[0-9.]+)*$ ]] || fail "--x_max takes numbers such as 10,100, not '$x_max'"
for step in ${steps//,/ }; do
  [[ ,$all, == *,$step,* ]] || fail "there is no step '$step'"
done

setup
cd "$ROOT"
if [[ -z $work ]]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"
tokens=$work/token.tstat.pb.b64.bz2

measure() {
  python scripts/bench/measured_run.py "$work/times.jsonl" "$@"
}

# Their programs read standard input and write standard output.
piped() {
  measure "$1" bash -c '"${@:3}" <"$1" >"$2" 2>>"${2%/*}/glove.log"' - "${@:2}"
}

step_text() {
  python scripts/bench/against_glove.py text "$docs" "$work/text"
}

step_count_theirs() {
  piped vocab_count "$work/text" "$work/vocab" "$glove/vocab_count" -min-count 10
  piped cooccur "$work/text" "$work/pairs.bin" "$glove/cooccur" -vocab-file "$work/vocab" \
    -window-size 10 -symmetric 1 -memory 4 -overflow-file "$work/overflow"
  piped shuffle "$work/pairs.bin" "$work/shuffled.bin" "$glove/shuffle" -memory 4 -seed 1 \
    -temp-file "$work/shuffling"
  rm "$work/pairs.bin"
}

step_train_theirs() {
  local weight
  for weight in ${x_max//,/ }; do
    measure "glove x_max $weight" "$glove/glove" -input-file "$work/shuffled.bin" \
      -vocab-file "$work/vocab" -save-file "$work/theirs_$weight" -binary 1 -vector-size 64 \
      -threads 2 -iter "$epochs" -x-max "$weight" -seed 1 2>>"$work/glove.log"
  done
}

step_count_ours() {
  measure make_dictionary scripts/spark_submit.sh wikipedia/make_dictionary.py \
    --input_file="$docs" --token_output="$tokens" --min_token_frequency=10 --overwrite
  measure make_cooccurrence scripts/spark_submit.sh wikipedia/make_cooccurrence.py \
    --input_file="$docs" --token_dictionary="$tokens" --output_file="$work/cooccurrence" \
    --overwrite
}

step_train_ours() {
  measure train_cooccurrence python -m wikipedia.train_cooccurrence --overwrite \
    --train_input_pattern="$work/cooccurrence" --token_dictionary="$tokens" \
    --model_dir="$work/ours"
}

step_scores() {
  python scripts/bench/against_glove.py scores "$work" "$here/results_against_glove.jsonl"
}

for step in ${steps//,/ }; do
  "step_$step"
done

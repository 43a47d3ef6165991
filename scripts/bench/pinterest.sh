#!/usr/bin/env bash
# Measures the shop-the-look flow on this machine:
#   scripts/bench/pinterest.sh [--scenes=N] [--epochs=N] [--products=N] [--skip_flow]
# 1. Draws N scenes (600) and their products, and times training (20 epochs), make_embeddings,
#    evaluate_recommendations and make_recommendations on them, with the peak memory of all their
#    processes.
# 2. Times the book's training step, with its input, against ours, at several image sizes, and says
#    how much of the time ours waits for input and how many photographs a second are decoded.
# 3. Times the exact search of N products (1000000) x 64 for 1,000 scenes: on arrays, and from
#    Embedding records to Recommendation records.
# --skip_flow leaves out what follows drawing in the first. Tables go to standard output, and a line
# of JSON for each run is appended to scripts/bench/results_pinterest.jsonl. Needs 1 GB in TMPDIR.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../setup.sh"

scenes=600 epochs=20 products=1000000 skip_flow=0
for word in "$@"; do
  case $word in
    --scenes=*) scenes=${word#*=} ;;
    --epochs=*) epochs=${word#*=} ;;
    --products=*) products=${word#*=} ;;
    --skip_flow) skip_flow=1 ;;
    -h | --help) usage && exit ;;
    *)
      echo "pinterest.sh: error: cannot use $word; see scripts/bench/pinterest.sh --help" >&2
      exit 2
      ;;
  esac
done

setup
cd "$ROOT"
results=$here/results_pinterest.jsonl
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

measure() {
  python scripts/bench/measured_run.py "$results" "$@"
}

looks=$folder/looks
data=(--input_file="$looks/fashion.json" --categories="$looks/fashion-cat.json"
  --image_dir="$looks/images")
made=(--model_dir="$folder/model" --embeddings="$folder/embeddings")
measure "make_synthetic_photographs, $scenes scenes" \
  python -m pinterest.make_synthetic_photographs --num_scenes="$scenes" --output="$looks"
if ((!skip_flow)); then
  measure "train_shop_the_look, $epochs epochs of $scenes scenes" \
    python -m pinterest.train_shop_the_look "${data[@]}" --model_dir="$folder/model" \
    --num_epochs="$epochs"
  measure "make_embeddings, $scenes scenes" python -m pinterest.make_embeddings "${data[@]}" \
    --model_dir="$folder/model" --output="$folder/embeddings"
  measure "evaluate_recommendations, $scenes scenes" \
    python -m pinterest.evaluate_recommendations "${data[@]}" "${made[@]}" \
    --output="$folder/evaluation"
  measure "make_recommendations, $scenes scenes" python -m pinterest.make_recommendations \
    "${data[@]}" "${made[@]}" --split=test --diversity=0.1 --max_per_product=8 \
    --output="$folder/recommendations" --html_dir="$folder/pages"
fi
python scripts/bench/pinterest_training.py "$results" --photographs="$looks"
measure "search of arrays, $products products" \
  python scripts/bench/pinterest_search.py arrays --products="$products"
python scripts/bench/pinterest_search.py data "$folder/many" --products="$products"
measure "make_recommendations, $products products" python -m pinterest.make_recommendations \
  --embeddings="$folder/many" --output="$folder/found"

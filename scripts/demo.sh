#!/usr/bin/env bash
# Runs a flow on real input and shows what came out:
#   scripts/demo.sh [wikipedia] [DUMP]
#   scripts/demo.sh articles [DUMP]
#   scripts/demo.sh pinterest [LOOKS]
#   scripts/demo.sh spotify [PLAYLISTS]
#   scripts/demo.sh all
# wikipedia (the default): from a dump to word vectors and a page of nearest neighbours. DUMP is a
# MediaWiki XML dump; without one, the 206 pages of English Wikipedia inside the gensim package.
# articles: from a dump, the same as above, to search, a graph of links and a model from text to
# articles, the evaluation of each and of all together on what was held out, and a page of
# recommended articles.
# pinterest: from photographs of scenes and products to a model that shops the look, its evaluation,
# and pages of recommendations. LOOKS is a folder of fashion.json (pairs), fashion-cat.json
# (categories) and images; without one, scenes and products are drawn.
# spotify: from playlists to systems that recommend the next tracks, their evaluation, and pages of
# recommendations. PLAYLISTS is a file or a folder of them, such as slices of the Million Playlist
# Dataset; without one, 10,000 made-up playlists.
# all: one after the other, each without input of yours, and then a page that links all theirs.
# Results go to out/demo in the repository, or to the folder in DEMO_OUTPUT; a former run's are
# replaced. index.html in the folder of the flow links all of them.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

# Says what is run, runs it, and fails with its error.
step() {
  echo "+ $*" >&2
  "$@"
}

# Prints the path of the dump inside the gensim package.
small_dump() {
  python - <<'PY'
import importlib.util
import pathlib

gensim = pathlib.Path(importlib.util.find_spec('gensim').origin).parent
name = 'enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2'
print(gensim / 'test' / 'test_data' / name)
PY
}

demo_wikipedia() {
  local dump=${1:-} out=$output/wikipedia min_frequency=10
  if [[ -z $dump ]]; then
    dump=$(small_dump)
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

demo_articles() {
  local dump=${1:-} out=$output/articles min_frequency=10 shares=()
  if [[ -z $dump ]]; then
    dump=$(small_dump)
    min_frequency=5
    shares=(--validation_share=0.3 --test_share=0.3) # Of 106 articles less would tell nothing.
  fi
  local docs=$out/held_out tables=$out/evaluation.txt
  local tokens=$out/token.tstat.pb.b64.bz2 titles=$out/title.tstat.pb.b64.bz2
  local submit=$ROOT/scripts/spark_submit.sh
  step python -m wikipedia.xml2proto --input_file="$dump" --output_file="$out/pages" --overwrite
  step "$submit" wikipedia/tokenize_pages.py --input_file="$out/pages" --output_file="$out/docs" \
    --overwrite
  # What tests are made of is held out first: nothing below has seen it.
  step "$submit" wikipedia/hold_out.py --input_file="$out/docs" --output_file="$docs" \
    "${shares[@]}" --overwrite
  step "$submit" wikipedia/make_dictionary.py --input_file="$docs" --token_output="$tokens" \
    --title_output="$titles" --min_token_frequency=$min_frequency --min_title_frequency=1 \
    --only_articles --overwrite
  step "$submit" wikipedia/make_sparse_doc.py --input_file="$docs" --token_dictionary="$tokens" \
    --title_dictionary="$titles" --output_txt2url="$out/txt2url" --output_url2url="$out/url2url" \
    --overwrite
  step python -m wikipedia.make_search_index --input_file="$docs" --output_file="$out/index" \
    --redirects="$out/docs/redirects" --overwrite
  step "$submit" wikipedia/make_similarity.py --input_file="$out/url2url" \
    --output_file="$out/similarity" --overwrite
  step "$submit" wikipedia/make_cooccurrence.py --input_file="$docs" --token_dictionary="$tokens" \
    --output_file="$out/cooccurrence" --overwrite
  step python -m wikipedia.train_cooccurrence --train_input_pattern="$out/cooccurrence" \
    --token_dictionary="$tokens" --model_dir="$out/glove" --overwrite
  step python -m wikipedia.train_txt2url --txt2url="$out/txt2url" --url2url="$out/url2url" \
    --token_dictionary="$tokens" --title_dictionary="$titles" --glove_model="$out/glove" \
    --validation="$docs/validation" --model_dir="$out/txt2url_model" --overwrite
  local parts=(--search_index="$out/index" --graph="$out/similarity"
    --title_dictionary="$titles" --txt2url_model="$out/txt2url_model")
  step python -m wikipedia.train_article_ranker --validation="$docs/validation" "${parts[@]}" \
    --model_dir="$out/ranker" --overwrite
  step python -m wikipedia.evaluate_articles --test="$docs/test" "${parts[@]}" \
    --ranker="$out/ranker" --output="$out/evaluation" --overwrite > "$tables"
  # Asks for the first few articles of the test, and for a text: the first of their paragraphs.
  DOCS=$docs OUT=$out python - <<'PY'
import itertools
import os
import pathlib

from common import records
from common.pb import nlp_pb2

data = records.open_dataset(f'{os.environ["DOCS"]}/test', nlp_pb2.TextDocument)
held_out = list(itertools.islice(records.read(data), 8))
out = pathlib.Path(os.environ['OUT'])
(out / 'articles.txt').write_text(''.join(f'{one.primary}\n' for one in held_out))
(out / 'texts.txt').write_text(' '.join(held_out[0].lead_tokens) + '\n')
PY
  step python -m wikipedia.recommend_articles "${parts[@]}" --ranker="$out/ranker" \
    --article_file="$out/articles.txt" --query_file="$out/texts.txt" --format=html \
    --output="$out/recommendations.html" --overwrite
  step python -m wikipedia.recommend_articles "${parts[@]}" --ranker="$out/ranker" \
    --query_file="$out/texts.txt" --top_k=5
  echo
  sed -n '/^[0-9,]* queries/,/^$/p' "$tables"
  echo "With intervals and tests: $tables"
  echo "The same as pages: $out/evaluation/index.html"
  echo "A page of recommended articles: $out/recommendations.html"
}

demo_pinterest() {
  local looks=${1:-} out=$output/pinterest epochs=()
  local tables=$out/evaluation.txt
  if [[ -z $looks ]]; then
    looks=$out/looks
    step python -m pinterest.make_synthetic_photographs --output="$looks" --image_size=256 \
      --overwrite
    epochs=(--num_epochs=11) # The usual 20 find more, and take two minutes longer.
  fi
  local data=(--input_file="$looks/fashion.json" --categories="$looks/fashion-cat.json"
    --image_dir="$looks/images")
  step python -m pinterest.train_shop_the_look "${data[@]}" "${epochs[@]}" \
    --model_dir="$out/model" --overwrite
  step python -m pinterest.make_embeddings "${data[@]}" --model_dir="$out/model" \
    --output="$out/embeddings" --overwrite
  step python -m pinterest.evaluate_recommendations "${data[@]}" --model_dir="$out/model" \
    --embeddings="$out/embeddings" --output="$out/evaluation" --overwrite > "$tables"
  step python -m pinterest.make_recommendations "${data[@]}" --model_dir="$out/model" \
    --embeddings="$out/embeddings" --split=test --diversity=0.1 --max_per_product=8 \
    --output="$out/recommendations" --html_dir="$out/pages" --overwrite
  echo
  sed -n '3,/^$/p' "$tables"
  echo "By category, with intervals: $tables"
  echo "The same as a page: $out/evaluation/index.html"
  echo "What goes with scenes that the model has not seen: $out/pages/index.html"
}

demo_spotify() {
  local playlists=${1:-} out=$output/spotify
  local data=$out/training tables=$out/evaluation.txt
  if [[ -z $playlists ]]; then
    playlists=$out/playlists
    step python -m spotify.make_synthetic_playlists --output="$playlists" --num_playlists=10000 \
      --overwrite
  fi
  step python -m spotify.make_dictionary --playlists="$playlists" --output="$out/dictionaries" \
    --overwrite
  step python -m spotify.make_training --playlists="$playlists" \
    --dictionaries="$out/dictionaries" --output="$data" --overwrite
  step python -m spotify.most_popular --data="$data" --model_dir="$out/most_popular" --overwrite
  step "$ROOT/scripts/spark_submit.sh" spotify/make_cooccurrence.py --data="$data" \
    --output="$out/item_to_item" --overwrite
  step python -m spotify.train_matrix_factorization --data="$data" \
    --model_dir="$out/matrix_factorization" --overwrite
  step python -m spotify.train_spotify --data="$data" --model_dir="$out/embedding" --overwrite
  local systems
  systems=$(printf "$out/%s," most_popular item_to_item matrix_factorization embedding)
  step python -m spotify.train_blend --data="$data" --systems="${systems}artist_match" \
    --max_playlists=100 --model_dir="$out/blend" --overwrite
  step python -m spotify.evaluate_recommendations --data="$data" \
    --systems="${systems}artist_match,$out/blend" --context_sizes=0,1,5,25 --context_order=first \
    --output="$out/evaluation" --overwrite > "$tables"
  step python -m spotify.make_recommendations --data="$data" --systems="$out/blend" --split=test \
    --max_playlists=200 --format=html --output="$out/recommendations" --overwrite
  step python -m spotify.make_recommendations --data="$data" --systems="$out/blend" --split=test \
    --max_playlists=1 --top_k=8
  echo
  sed '/^$/q' "$tables"
  echo "By size of the context, with intervals: $tables"
  echo "The same as a page: $out/evaluation/index.html"
  echo "Pages of recommendations: $out/recommendations/index.html"
}

# Makes the page that links whatever the flow $1 left in its folder, or all flows in theirs.
contents() {
  local folder=$output${1:+/$1}
  step python -m common.make_index --input_dir="$folder" --title="Demonstration${1:+: $1}" \
    --overwrite
  echo "All that was made, linked: $folder/index.html"
}

flow=${1:-wikipedia}
case $flow in
  -h | --help) usage && exit ;;
  wikipedia | articles | pinterest | spotify) flows=("$flow") ;;
  all) flows=(wikipedia articles pinterest spotify) ;;
  *)
    echo "demo.sh: error: no flow is called $flow; see scripts/demo.sh --help" >&2
    exit 2
    ;;
esac
input=${2:-}
if [[ $flow == all && -n $input ]]; then
  echo "demo.sh: error: all takes no input, got $input; name one flow for it" >&2
  exit 2
fi
if [[ -n $input ]]; then
  input=$(realpath -e "$input") || exit 1
fi
setup
output=${DEMO_OUTPUT:-$ROOT/out/demo}
mkdir -p "$output"
output=$(realpath "$output")
cd "$ROOT"
SECONDS=0
for flow in "${flows[@]}"; do
  "demo_$flow" "$input"
  contents "$flow"
done
if ((${#flows[@]} > 1)); then
  contents
fi
echo "Took $SECONDS s."

#!/usr/bin/env bash
# Measures the playlist flow on this machine:
#   scripts/bench/spotify.sh [--playlists=N] [--tracks=N] [--skip_data]
# 1. Generates N playlists (100000), and times make_dictionary and make_training on them, with the
#    peak memory of all their processes.
# 2. Times training on them, one epoch with the defaults.
# 3. Times the book's training step against ours, at one playlist length and at ever new lengths.
# --skip_data does only the third. Tables go to standard output, and a line of JSON for each run is
# appended to scripts/bench/results_spotify.jsonl. Needs 5 GB in TMPDIR for 100,000 playlists.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../setup.sh"

playlists=100000 tracks=500000 skip_data=0
for word in "$@"; do
  case $word in
    --playlists=*) playlists=${word#*=} ;;
    --tracks=*) tracks=${word#*=} ;;
    --skip_data) skip_data=1 ;;
    -h | --help) usage && exit ;;
    *)
      echo "spotify.sh: error: cannot use $word; see scripts/bench/spotify.sh --help" >&2
      exit 2
      ;;
  esac
done

setup
cd "$ROOT"
results=$here/results_spotify.jsonl

measure() {
  python scripts/bench/measured_run.py "$results" "$@"
}

if ((!skip_data)); then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  python -m spotify.make_synthetic_playlists --output="$folder/playlists" \
    --num_playlists="$playlists" --num_tracks="$tracks" --num_artists=$((tracks / 10)) \
    --num_themes=200
  measure "make_dictionary, $playlists playlists" python -m spotify.make_dictionary \
    --playlists="$folder/playlists" --output="$folder/dictionaries"
  measure "make_training, $playlists playlists" python -m spotify.make_training \
    --playlists="$folder/playlists" --dictionaries="$folder/dictionaries" --output="$folder/data"
  measure "train_spotify, an epoch of $playlists playlists" python -m spotify.train_spotify \
    --data="$folder/data" --model_dir="$folder/model" --num_epochs=1
fi
python scripts/bench/spotify_training.py "$results"

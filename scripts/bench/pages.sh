#!/usr/bin/env bash
# Looks at pages in a Chromium, at 360 and 1,440 pixels, light and dark:
#   scripts/bench/pages.sh TOOLS [FOLDER]
# TOOLS is a folder where `npm install playwright-core axe-core` was run; CHROMIUM names the browser,
# otherwise chromium, google-chrome or chrome is looked for. FOLDER holds the pages, such as what
# scripts/demo.sh made; without one, a page of every kind is made whose titles, ids and addresses are
# as bad as they come. Of pages that belong to one list the first few are looked at.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../setup.sh"

case ${1:-} in
  '' | -h | --help) usage && exit ;;
esac
tools=$1
browser=${CHROMIUM:-$(command -v chromium google-chrome chrome | head -n 1 || true)}
for wanted in "$tools/node_modules/playwright-core" "$tools/node_modules/axe-core" "$browser"; do
  if [[ ! -e $wanted ]] || ! command -v node > /dev/null; then
    echo "pages.sh: skipped: wants node, a Chromium, and in $tools playwright-core and axe-core" >&2
    exit 0
  fi
done
tools=$(realpath "$tools")
folder=${2:-}
[[ -z $folder ]] || folder=$(realpath -e "$folder")
cd "$ROOT"
if [[ -z $folder ]]; then
  setup
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  FOLDER=$folder python - <<'PY'
import os
import pathlib

from tests import page_samples

page_samples.write(pathlib.Path(os.environ['FOLDER']))
PY
fi
mapfile -t pages < <(find "$folder" -name '*.html' ! -name '*-0000[4-9].html' \
  ! -name '*-000[1-9][0-9].html' ! -name '*-00[1-9]*.html' | sort)
node scripts/bench/page_check.js "$tools" "$browser" "${pages[@]}"

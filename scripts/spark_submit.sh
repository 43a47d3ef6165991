#!/usr/bin/env bash
# Runs a program under spark-submit, from any folder:
#   scripts/spark_submit.sh [spark-submit options] wikipedia/tokenize_pages.py [flags of the program]
# The program's path is taken from the repository's root. Our packages go along as a zip.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
setup

options=()
while (($# > 0)) && [[ $1 != *.py ]]; do
  options+=("$1")
  shift
done
if (($# == 0)) || [[ ! -f $ROOT/$1 ]]; then
  echo "spark_submit.sh: error: ${1:-no PROGRAM.py} is not a program of $ROOT;" \
    'usage: scripts/spark_submit.sh [spark-submit options] PROGRAM.py [flags]' >&2
  exit 2
fi
program=$ROOT/$1
shift

# Help needs no JVM.
for flag in "$@"; do
  case $flag in
    -h | --help | -help | --helpfull | --helpshort) PYTHONPATH=$ROOT exec python "$program" "$flag" ;;
  esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$ROOT" && python - "$work/recsys.zip" common wikipedia pinterest spotify <<'PY'
import pathlib
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1], 'w') as archive:
    for folder in sys.argv[2:]:
        for path in sorted(pathlib.Path(folder).rglob('*.py')):
            archive.write(path)
PY
)
eval "$(cd "$ROOT" && python -m common.java)"
export PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH}
export PYSPARK_PYTHON=${PYSPARK_PYTHON:-$ROOT/.venv/bin/python}
export SPARK_CONF_DIR=${SPARK_CONF_DIR:-$ROOT/scripts/spark_conf}
# spark-submit joins the two outputs of the program, which has none but its log.
spark-submit --py-files "$work/recsys.zip" "${options[@]}" "$program" "$@" >&2

#!/usr/bin/env bash
# Packs what Spark's workers run on, for nodes that have none of it or another version:
#   scripts/pack_env.sh [OUTPUT.tar.gz]
# The archive holds this machine's Python interpreter, its standard library, the shared libraries
# that they load apart from those of the C library, and the packages of requirements-worker.txt. It
# runs wherever it is unpacked, on nodes of the same processor with a C library no older than here.
# OUTPUT is .cache/worker-env.tar.gz in the repository unless named. It is made only when needed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

# Copies interpreter and standard library, without what no worker needs.
copy_python() {
  local stage=$1 name=$2 stdlib
  stdlib=$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
  mkdir -p "$stage/bin" "$stage/lib/$name"
  cp "$(python -c 'import sys, os; print(os.path.realpath(sys.executable))')" "$stage/bin/$name"
  tar -C "$stdlib" -cf - --exclude=./site-packages --exclude=./dist-packages --exclude=./test \
    --exclude='./config-*' --exclude=./ensurepip --exclude=./idlelib --exclude=./tkinter \
    --exclude=./turtledemo --exclude=./lib2to3 --exclude=__pycache__ . |
    tar -C "$stage/lib/$name" -xf -
  rm -f "$stage/lib/$name"/lib-dynload/_{tkinter,test}*
}

# Copies the shared libraries that interpreter and modules load, but for those of the C library.
copy_libraries() {
  local stage=$1 name=$2 library
  mkdir -p "$stage/lib/shared"
  {
    echo "$stage/bin/$name"
    find "$stage/lib" -name '*.so' -o -name '*.so.*'
  } | xargs ldd | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u | while read -r library; do
    case $library in
      "$stage"/* | */ld-linux* | */lib{c,m,dl,pthread,rt,util}.so*) ;;
      *) cp -L "$library" "$stage/lib/shared/" ;;
    esac
  done
}

# Writes bin/python, which finds all of it wherever it lies.
write_launcher() {
  local stage=$1 name=$2
  cat > "$stage/bin/python" <<SH
#!/bin/sh
# Runs the interpreter of this folder with the libraries and packages of this folder.
case \$0 in */*) bin=\${0%/*} ;; *) bin=. ;; esac
home=\$(cd "\$bin/.." && pwd -P) || exit 1
export PYTHONHOME="\$home" PYTHONNOUSERSITE=1
export LD_LIBRARY_PATH="\$home/lib/shared\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
export PYTHONPATH="\${PYTHONPATH:+\$PYTHONPATH:}\$home/lib/$name/site-packages"
exec "\$home/bin/$name" "\$@"
SH
  chmod +x "$stage/bin/python"
  ln -s python "$stage/bin/python3"
}

# Fails unless an unpacked archive imports its packages, and loads nothing of this machine but the C
# library.
check() {
  local archive=$1 place=$2
  mkdir -p "$place"
  tar -C "$place" -xzf "$archive"
  (cd / && env -i "$place/bin/python" -c '
import absl.flags, bz2, ctypes, google.protobuf, google_crc32c, hashlib, lzma
import numpy, pathlib, re, scipy.sparse, sqlite3, ssl, sys, zlib
root = pathlib.Path(sys.prefix).resolve()
loaded = {m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)}
c_library = re.compile(r"ld-linux.*|(ld|lib(c|m|dl|pthread|rt|util))([-.].*)?\.so.*")
for line in open("/proc/self/maps"):
    path = pathlib.Path(line.split(maxsplit=5)[-1].strip())
    if ".so" in path.name and not c_library.fullmatch(path.name):
        loaded.add(str(path))
outside = sorted(path for path in loaded if root not in pathlib.Path(path).resolve().parents)
sys.exit(f"the archive loads from outside of it: {outside[:3]}" if outside else 0)
')
}

pack() {
  local output=$1 name stage
  name=$(python -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  work=$(mktemp -d "${output%/*}/.pack_env.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  stage=$work/stage
  copy_python "$stage" "$name"
  python -m pip install --quiet --disable-pip-version-check --no-compile \
    --target "$stage/lib/$name/site-packages" --requirement "$ROOT/scripts/requirements-worker.txt"
  # Of Arrow, what serves networks and programs in C++ is half of it.
  rm -rf "$stage/lib/$name/site-packages"/pyarrow/{include,src,{libarrow,}_{flight,s3}*}
  find "$stage/lib/$name/site-packages" -type d \( -name tests -o -name __pycache__ \) -prune \
    -exec rm -rf {} +
  copy_libraries "$stage" "$name"
  write_launcher "$stage" "$name"
  tar -C "$stage" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - . |
    gzip -n -4 > "$work/env.tar.gz"
  check "$work/env.tar.gz" "$work/check"
  mv "$work/env.tar.gz" "$output"
  fingerprint > "$output.made_from"
  echo "Packed $output: $(($(stat -c %s "$output") / 1000000)) MB" >&2
}

# Says what an archive is made from.
fingerprint() {
  cat "$ROOT/scripts/requirements-worker.txt" "${BASH_SOURCE[0]}" | sha256sum
  python -c 'import sys; print(sys.version)'
}

case ${1:-} in
  -h | --help) usage && exit ;;
  -*)
    echo "pack_env.sh: error: no option is called $1; see scripts/pack_env.sh --help" >&2
    exit 2
    ;;
esac
setup
output=$(realpath -m "${1:-$ROOT/.cache/worker-env.tar.gz}")
mkdir -p "${output%/*}"
if [[ -f $output && -f $output.made_from && $(< "$output.made_from") == "$(fingerprint)" ]]; then
  echo "$output is up to date" >&2
else
  pack "$output"
fi

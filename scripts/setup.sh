# Sourced by the other scripts: makes .venv and installs requirements.txt into it, only when needed.
# Sets ROOT and puts the environment's programs first on PATH. usage prints the comment that the
# script which sources this begins with.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  sed -n '2,/^set /p' "${BASH_SOURCE[-1]}" | sed '$d; s/^# \{0,1\}//'
}

# Prints a Python from 3.11 to 3.13 that can make virtual environments.
find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
        2>/dev/null; then
      if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$candidate"
        return
      fi
      echo "error: $candidate has no venv module; on Debian or Ubuntu: apt-get install python3-venv" >&2
      return 1
    fi
  done
  echo 'error: Python 3.11, 3.12 or 3.13 is needed; set PYTHON to one' >&2
  return 1
}

setup() {
  local venv=$ROOT/.venv stamp python
  stamp=$(sha256sum < "$ROOT/requirements.txt")
  if [[ ! -f $venv/installed || $(< "$venv/installed") != "$stamp" ]]; then
    if ! "$venv/bin/python" -c '' 2>/dev/null; then
      python=$(find_python) || return 1
      "$python" -m venv --clear "$venv"
    fi
    echo 'Installing requirements.txt into .venv: about 3 GB, a minute or two.' >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile \
      --requirement "$ROOT/requirements.txt" || return 1
    # What pip would do on one core. A file that does not compile is one that nothing imports.
    "$venv/bin/python" -m compileall -qq -j 0 "$venv"/lib/python3*/site-packages || true
    echo "$stamp" > "$venv/installed"
  fi
  export PATH=$venv/bin:$PATH
}

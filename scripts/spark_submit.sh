#!/usr/bin/env bash
# Runs a program under spark-submit, from any folder:
#   scripts/spark_submit.sh [--dry_run] [--ship_env[=ARCHIVE]] [spark-submit options] \
#     PROGRAM.py [its flags]
# The program's path is taken from the repository's root. Our packages go along as a zip. With
# --ship_env, and always when the master is YARN, interpreter and packages go along too, as
# scripts/pack_env.sh packs them; else the workers run this repository's .venv. ARCHIVE is one that
# was packed before, such as hdfs:///apps/worker-env.tar.gz; without it, one is packed when needed.
# Masters are local[N], local-cluster[N,CORES,MB], spark://HOST:PORT and yarn.
# --dry_run prints what it would run, on one line, and runs nothing. More is in scripts/README.md.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

refuse() {
  echo "spark_submit.sh: error: $*" >&2
  exit 2
}

# Takes what stands before the program into options, and by name into given.
parse_options() {
  local name value
  while (($# > 0)) && [[ $1 == -* ]]; do
    name=$1
    shift
    case $name in
      --dry_run) dry_run=1 && continue ;;
      --ship_env) ship_env=1 && continue ;;
      -h | --help) usage && exit ;;
      -v | --verbose | --version | --supervise | --load-spark-defaults)
        options+=("$name") && continue
        ;;
    esac
    if [[ $name == --*=* ]]; then
      value=${name#*=}
      name=${name%%=*}
    else
      (($# > 0)) || refuse "$name wants a value"
      value=$1
      shift
    fi
    case $name in
      --ship_env) ship_env=1 archive=$value && continue ;;
      --py-files) py_files=,$value && continue ;;
      --archives) archives=$value, && continue ;;
      --remote) refuse '--remote: these programs want a cluster, not a server of Spark Connect' ;;
      --conf | -c)
        [[ $value == [^=]*=* ]] || refuse "--conf $value: it is PROPERTY=VALUE"
        given[${value%%=*}]=${value#*=}
        ;;
      --driver-memory | --executor-memory)
        [[ $value =~ ^[1-9][0-9]*[kKmMgGtT]?$ ]] || refuse "$name $value: it is such as 2g or 512m"
        given[$name]=$value
        ;;
      --num-executors | --executor-cores | --driver-cores | --total-executor-cores)
        [[ $value =~ ^[1-9][0-9]*$ ]] || refuse "$name $value: it is a whole number from 1"
        given[$name]=$value
        ;;
      --master)
        [[ -n $value ]] || refuse '--master is empty; did the cluster start?'
        given[$name]=$value
        ;;
      --deploy-mode | --class | --name | --jars | --packages | --exclude-packages | \
        --repositories | --files | --properties-file | --extra-properties-file | --proxy-user | \
        --driver-java-options | --driver-library-path | --driver-class-path | --queue | \
        --driver-default-class-path | --principal | --keytab)
        given[$name]=$value
        ;;
      *) refuse "$name is no option; see --help, and the documentation of spark-submit" ;;
    esac
    options+=("$name" "$value")
  done
  arguments=("$@")
}

# Prints what spark-submit takes for an option and the property that stands for it: the option,
# --conf, then --properties-file or else spark-defaults.conf, then the last argument.
setting() {
  local option=$1 property=$2 default=$3 value file
  value=${given[$option]:-${given[$property]:-}}
  if [[ -z $value ]]; then
    file=${given[--properties-file]:-$conf_dir/spark-defaults.conf}
    [[ ! -r $file ]] || value=$(
      sed -nE "s/^[[:space:]]*${property//./\\.}[[:space:]:=]+(.*[^[:space:]])[[:space:]]*\$/\1/p" \
        "$file" | tail -n 1
    )
  fi
  echo "${value:-$default}"
}

# Prints the path of a zip of our packages, named by its content.
zip_packages() {
  mkdir -p "$ROOT/.cache"
  (cd "$ROOT" && python - .cache common wikipedia pinterest spotify <<'PY'
import hashlib
import os
import pathlib
import py_compile
import sys
import zipfile

paths = sorted(path for folder in sys.argv[2:] for path in pathlib.Path(folder).rglob('*.py'))
digest = hashlib.sha256(sys.version.encode())
for path in paths:
    digest.update(b'%s\0%s\0' % (str(path).encode(), path.read_bytes()))
target = pathlib.Path(sys.argv[1], f'recsys-{digest.hexdigest()[:16]}.zip').resolve()
if not target.exists():
    partial = target.with_suffix(f'.{os.getpid()}')
    compiled = target.with_suffix(f'.{os.getpid()}.pyc')  # Others may be at it too.
    with zipfile.ZipFile(partial, 'w') as archive:
        for path in paths:
            archive.writestr(str(path), path.read_bytes())
            # Workers of this Python need not compile it; others take the source.
            py_compile.compile(
                path, compiled, dfile=str(path), doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
            archive.write(compiled, f'{path}c')
    compiled.unlink()
    partial.rename(target)
print(target)
PY
  )
}

# Chooses the interpreters of driver and workers, and packs them when they are to go along.
choose_python() {
  local venv=$ROOT/.venv/bin/python shipped=./environment/bin/python
  [[ $master == yarn ]] && ship_env=1
  if [[ -z $ship_env ]]; then
    environment+=(
      "PYSPARK_PYTHON=${PYSPARK_PYTHON:-$venv}"
      "PYSPARK_DRIVER_PYTHON=${PYSPARK_DRIVER_PYTHON:-$venv}"
    )
    return
  fi
  [[ $master == local || $master == local\[* ]] &&
    refuse "--ship_env wants a cluster; on --master $master the workers run .venv"
  if [[ -z $archive ]]; then
    archive=$ROOT/.cache/worker-env.tar.gz
    "$ROOT/scripts/pack_env.sh" "$archive"
  elif [[ $archive != *://* && ! -f $archive ]]; then
    refuse "--ship_env=$archive: there is no such file; scripts/pack_env.sh $archive makes it"
  fi
  archives+=$archive#environment
  environment+=("PYSPARK_PYTHON=$shipped")
  # Where the driver runs in the cluster too, no path of this machine means anything.
  [[ $deploy_mode == cluster ]] && venv=$shipped
  environment+=("PYSPARK_DRIVER_PYTHON=$venv")
}

# Prints where Spark is. The workers of a local-cluster keep their files below it, so that they get
# links to all of it in a folder of their own instead of the package's.
spark_home() {
  local home=${SPARK_HOME:-}
  [[ -n $home ]] || home=$(python -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
  if [[ $master == local-cluster* && -z $dry_run ]]; then
    ln -s "$home"/* "$work"
    home=$work
  fi
  echo "$home"
}

# Refuses what spark-submit would take minutes, or a page of Java, to refuse.
check_master() {
  [[ $deploy_mode == client || $deploy_mode == cluster ]] ||
    refuse "--deploy-mode $deploy_mode: it is client or cluster"
  case $master in
    local*)
      [[ $master =~ ^local(\[([1-9][0-9]*|\*)(,[1-9][0-9]*)?\])?$ ||
        $master =~ ^local-cluster\[[1-9][0-9]*,[1-9][0-9]*,[1-9][0-9]*\]$ ]] ||
        refuse "--master $master: it is local[N], local[*] or local-cluster[N,CORES,MB]"
      ;;
    yarn)
      PYTHONPATH=$ROOT python -P -m common.yarn_settings \
        "$(setting - spark.yarn.stagingDir '')" \
        "$(setting --keytab spark.kerberos.keytab '')" || exit 2
      return
      ;;
    yarn-client | yarn-cluster) refuse "--master $master: say yarn, and --deploy-mode ${master#*-}" ;;
    spark://*) ;;
    k8s://* | mesos://*)
      refuse "--master $master is not supported: local[N], local-cluster[N,CORES,MB]," \
        'spark://HOST:PORT and yarn are'
      ;;
    *)
      refuse "$master is no master: local[N], local-cluster[N,CORES,MB], spark://HOST:PORT and" \
        'yarn are'
      ;;
  esac
  [[ $deploy_mode == client ]] ||
    refuse "--master $master runs Python programs with --deploy-mode client only"
}

# Prints the process of the program, which the Java of spark-submit starts, once it is there and
# would say that it ends.
find_program() {
  local pid caught
  for pid in $(cat "/proc/$child/task"/*/children 2>/dev/null); do
    if tr '\0' '\n' 2>/dev/null < "/proc/$pid/cmdline" | grep -qxF -- "$program"; then
      caught=$(awk '$1 == "SigCgt:" {print $2}' "/proc/$pid/status" 2>/dev/null)
      if ((16#${caught:-0} >> 14 & 1)); then # Of signal 15, SIGTERM.
        echo "$pid"
      fi
    fi
  done
}

# Says how it ended, where there is no program yet that would.
say_ended() {
  echo "spark_submit.sh: error: $1; nothing half-written was left" >&2
}

# Ends the program, and with it Java, which would cut off the program's last line if it ended first.
terminate() {
  local pid
  pid=$(find_program)
  [[ -n $pid ]] || unsaid=terminated
  kill -TERM "${pid:-$child}" 2>/dev/null || true
}

# An interrupt of the terminal has reached Java and the program too.
note_interrupt() {
  [[ -n $(find_program) ]] || unsaid=interrupted
}

options=() arguments=() environment=()
declare -A given=()
dry_run='' ship_env='' archive='' py_files='' archives=''
conf_dir=${SPARK_CONF_DIR:-$ROOT/scripts/spark_conf}
parse_options "$@"
master=$(setting --master spark.master "${MASTER:-local[*]}")
deploy_mode=$(setting --deploy-mode spark.submit.deployMode "${DEPLOY_MODE:-client}")
((${#arguments[@]} > 0)) || refuse 'name a program; see scripts/spark_submit.sh --help'
program=$ROOT/${arguments[0]#"$ROOT"/}
[[ $program == *.py && -f $program ]] || refuse "${arguments[0]} is not a program of $ROOT"
setup

# Help needs no JVM.
for flag in "${arguments[@]:1}"; do
  case $flag in
    -h | --help | -help | --helpfull | --helpshort) PYTHONPATH=$ROOT exec python "$program" "$flag" ;;
  esac
done

check_master
choose_python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'say_ended terminated && exit 143' TERM
trap 'say_ended interrupted && exit 130' INT
eval "$(cd "$ROOT" && python -m common.java $([[ $dry_run ]] || echo --make_archive))"
environment+=(
  "JAVA_HOME=$JAVA_HOME" ${RECSYS_JAVA:+"RECSYS_JAVA=$RECSYS_JAVA"}
  ${RECSYS_JAVA_ARCHIVE:+"RECSYS_JAVA_ARCHIVE=$RECSYS_JAVA_ARCHIVE"}
  "SPARK_HOME=$(spark_home)" "SPARK_CONF_DIR=$conf_dir"
)
# Spark hands this variable on to the containers of YARN, where no path of this machine means
# anything; the zip is on the path there and here.
if [[ $master == yarn ]]; then
  environment=(-u PYTHONPATH "${environment[@]}")
else
  environment+=("PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH}")
fi
command=(spark-submit --py-files "$(zip_packages)$py_files")
[[ -n $archives ]] && command+=(--archives "${archives%,}")
command+=("${options[@]}" "$program" "${arguments[@]:1}")
if [[ -n $dry_run ]]; then
  printf '%q ' env "${environment[@]}" "${command[@]}"
  echo
  exit
fi
# spark-submit joins the two outputs of the program, which has none but its log.
# It runs in the background, so that a signal is handed on at once and not when it has ended.
env --default-signal=INT "${environment[@]}" "${command[@]}" <&0 >&2 &
child=$!
unsaid=''
trap terminate TERM
trap note_interrupt INT
status=0
while wait "$child" || status=$?; kill -0 "$child" 2>/dev/null; do
  status=0
done
if ((status != 0)) && [[ $deploy_mode == cluster ]]; then
  echo 'spark_submit.sh: error: the program failed in the cluster; what it said is in its log, which' \
    'yarn logs -applicationId prints for the application named above' >&2
elif [[ -n $unsaid ]]; then
  say_ended "$unsaid"
fi
exit "$status"

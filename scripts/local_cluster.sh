#!/usr/bin/env bash
# Runs a standalone Spark cluster on this machine: a master and workers as processes of their own.
#   scripts/local_cluster.sh start [--workers=2] [--cores=1] [--memory=1g] [--port=7077] [--hosts]
#   scripts/local_cluster.sh status
#   scripts/local_cluster.sh stop
#   scripts/local_cluster.sh stop_worker N | start_worker N
# start prints the master's URL when all workers have registered; hand it to spark_submit.sh
# --master. With --hosts, each worker has a network namespace and an address of its own, as if it
# were another machine; that wants root and iproute2. Logs, work and process ids are in
# .cache/cluster, or in the folder in CLUSTER_DIR.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

bridge=recsys0 subnet=10.77.0

fail() {
  echo "local_cluster.sh: error: $*" >&2
  exit "${status:-1}"
}

# For what is wrong in the command line.
refuse() {
  status=2 fail "$*; see scripts/local_cluster.sh --help"
}

# Whether the process of a name, such as worker-1, is alive.
is_alive() {
  local pid
  pid=$(cat "$folder/$1.pid" 2>/dev/null) || return 1
  grep -qsz "org.apache.spark.deploy" "/proc/$pid/cmdline"
}

# Starts a class of Spark in the background, with what stands before it, such as ip netns exec.
launch() {
  local name=$1 prefix=$2
  shift 2
  # shellcheck disable=SC2086 # The prefix is words.
  setsid $prefix "$SPARK_HOME/bin/spark-class" "$@" > "$folder/$name.log" 2>&1 < /dev/null &
  echo $! > "$folder/$name.pid"
}

# Waits until a log says something, while its process lives.
await() {
  local name=$1 text=$2 tries
  for ((tries = 0; tries < 600; tries++)); do
    grep -qs "$text" "$folder/$name.log" && return
    # Until it has become Spark, on a busy machine, a process does not look like it.
    is_alive "$name" || ((tries < 50)) || break
    sleep 0.2
  done
  tail -n 5 "$folder/$name.log" >&2
  fail "$name did not start; its log is $folder/$name.log"
}

end() {
  local name=$1 pid tries
  if is_alive "$name"; then
    pid=$(< "$folder/$name.pid")
    kill -- "-$pid" 2>/dev/null || kill "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 50; tries++)); do
      is_alive "$name" || break
      sleep 0.2
    done
    is_alive "$name" && kill -9 -- "-$pid" 2>/dev/null
  fi
  rm -f "$folder/$name.pid"
}

# Makes a bridge, and for each worker a namespace with an address on it.
make_hosts() {
  local number name
  ip link add "$bridge" type bridge
  ip address add "$subnet.1/24" dev "$bridge"
  ip link set "$bridge" up
  for ((number = 1; number <= workers; number++)); do
    name=recsys-worker$number
    ip netns add "$name"
    ip link add "recsys$number" type veth peer name eth0 netns "$name"
    ip link set "recsys$number" master "$bridge" up
    ip -n "$name" address add "$subnet.$((10 + number))/24" dev eth0
    ip -n "$name" link set eth0 up
    ip -n "$name" link set lo up
    ip -n "$name" route add default via "$subnet.1"
  done
}

remove_hosts() {
  local name
  for name in $(ip netns list 2>/dev/null | awk '/^recsys-worker/ {print $1}'); do
    ip netns delete "$name"
  done
  ip link delete "$bridge" 2>/dev/null || true
}

start_worker() {
  local number=$1 host=127.0.0.1 prefix='' name=worker-$1
  is_alive "$name" && fail "$name runs already"
  [[ -n $hosts ]] && host=$subnet.$((10 + number)) && prefix="ip netns exec recsys-worker$number"
  mkdir -p "$folder/$name"
  SPARK_LOCAL_DIRS=$folder/$name/scratch SPARK_LOCAL_IP=$host launch "$name" "$prefix" \
    org.apache.spark.deploy.worker.Worker --host "$host" --cores "$cores" --memory "$memory" \
    --webui-port 0 --work-dir "$folder/$name/work" "spark://$address:$port"
  await "$name" 'Successfully registered with master'
}

start() {
  local number name
  [[ -e $folder/settings ]] && fail "a cluster runs already in $folder; stop it first"
  if [[ -n $hosts ]]; then
    [[ $EUID == 0 ]] || fail '--hosts wants root'
    command -v ip > /dev/null || fail '--hosts wants iproute2; apt-get install iproute2'
    ! ip link show "$bridge" > /dev/null 2>&1 ||
      fail "another cluster with --hosts runs here; stop it, with its CLUSTER_DIR, or if it is gone:" \
        "ip link delete $bridge; ip netns delete recsys-worker1; …"
  fi
  # Spark would take the next port, and the workers would find whoever has this one.
  ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || fail "port $port is taken; give another --port"
  mkdir -p "$folder/conf"
  for name in workers cores memory port hosts address; do
    printf '%s=%q\n' "$name" "${!name}"
  done > "$folder/settings"
  trap 'stop' ERR EXIT
  echo "Starting a master and $workers workers" >&2
  [[ -n $hosts ]] && make_hosts
  SPARK_LOCAL_IP=$address launch master '' org.apache.spark.deploy.master.Master \
    --host "$address" --port "$port" --webui-port 0
  await master 'I have been elected leader'
  for ((number = 1; number <= workers; number++)); do
    start_worker "$number"
  done
  trap - ERR EXIT
  echo "spark://$address:$port"
}

stop() {
  local file
  for file in "$folder"/worker-*.pid "$folder/master.pid"; do
    [[ -e $file ]] && end "$(basename "$file" .pid)"
  done
  [[ -n $hosts ]] && remove_hosts
  rm -f "$folder/settings"
}

status() {
  local number
  echo "master spark://$address:$port: $(is_alive master && echo runs || echo is gone)"
  for ((number = 1; number <= workers; number++)); do
    echo "worker-$number: $(is_alive "worker-$number" && echo runs || echo is gone)"
  done
}

# Reads the flags of start, or the settings of the cluster that runs.
read_settings() {
  local flag
  workers=2 cores=1 memory=1g port=7077 hosts='' address=127.0.0.1
  if [[ $command != start ]]; then
    [[ -e $folder/settings ]] || fail "no cluster runs in $folder; see --help"
    source "$folder/settings"
    return
  fi
  for flag in "$@"; do
    case $flag in
      --workers=[1-9] | --workers=[1-9][0-9]) workers=${flag#*=} ;;
      --cores=[1-9] | --cores=[1-9][0-9] | --cores=[1-9][0-9][0-9]) cores=${flag#*=} ;;
      --memory=*)
        memory=${flag#*=}
        [[ $memory =~ ^[1-9][0-9]*[mg]$ ]] || refuse "$flag: it is such as 2g or 512m"
        ;;
      --port=*)
        port=${flag#*=}
        [[ $port =~ ^[1-9][0-9]{0,4}$ ]] && ((port < 65536)) || refuse "$flag: it is 1 to 65535"
        ;;
      --hosts) hosts=1 address=$subnet.1 ;;
      *) refuse "$flag is no flag of start" ;;
    esac
  done
}

# Refuses words behind a command other than start, but for the number of a worker where one is due.
check_words() {
  case $command in
    start) return ;;
    start_worker | stop_worker)
      [[ ${1:-} =~ ^[1-9][0-9]?$ ]] && (($1 <= workers && $# == 1)) ||
        refuse "$command wants the number of a worker, 1 to $workers"
      ;;
    *) (($# == 0)) || refuse "$command takes no flag, such as $1" ;;
  esac
}

command=${1:---help}
(($# > 0)) && shift
case $command in
  -h | --help) usage && exit ;;
  start | stop | status | start_worker | stop_worker) ;;
  *) refuse "no command is called $command" ;;
esac
folder=${CLUSTER_DIR:-$ROOT/.cache/cluster}
read_settings "$@"
check_words "$@"
setup
# Its own settings, before Java is looked for: the archives of its classes are those of others.
export SPARK_CONF_DIR=$folder/conf
eval "$(cd "$ROOT" && python -m common.java)"
SPARK_HOME=${SPARK_HOME:-$(python -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')}
export SPARK_HOME PYTHONPATH=$ROOT
export SPARK_LOG_DIR=$folder
case $command in
  start_worker) start_worker "$1" ;;
  stop_worker) end "worker-$1" ;;
  *) "$command" ;;
esac

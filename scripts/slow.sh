#!/usr/bin/env bash
# Holds a server with slow connections in all ways that slowhttptest knows, and tells whether it still answered.
# Usage: scripts/slow.sh http://127.0.0.1:8080/callbacks/v1/x [connections [seconds]]
# Needs slowhttptest (Debian: apt-get install slowhttptest). Aim it at servers of your own alone.
set -euo pipefail

url=${1:?"Usage: $0 URL [connections [seconds]]"}
connections=${2:-2000}
seconds=${3:-60}
command -v slowhttptest >/dev/null || { echo "slowhttptest is not installed: apt-get install slowhttptest" >&2; exit 2; }
limit=$(ulimit -n)
[ "$limit" = unlimited ] || [ "$limit" -gt $((connections + 100)) ] || ulimit -n $((connections + 100))

failed=0
run() {
  local name=$1
  shift
  echo "== $name"
  slowhttptest "$@" -c "$connections" -r 200 -l "$seconds" -p 3 -u "$url" > /tmp/slow.$$ 2>&1 &
  local attack=$!
  local bad=0 asked=0
  while kill -0 "$attack" 2>/dev/null; do
    asked=$((asked + 1))
    # Any answer will do: 404 is what a stranger gets.
    curl -ks -o /dev/null -m 3 -X POST "$url" || bad=$((bad + 1))
    sleep 0.2
  done
  wait "$attack" || true
  rm -f /tmp/slow.$$
  echo "   $asked asked, $bad without an answer"
  [ "$bad" -eq 0 ] || failed=1
}

run "slow headers" -H -i 1
run "slow bodies" -B -i 1 -s 60000 -t POST
run "slow reading" -X -k 3 -w 1 -y 2 -n 1 -z 1
run "ranges" -R -a 1 -b 500
exit "$failed"

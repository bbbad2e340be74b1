#!/usr/bin/env bash
# Holds a callback server with slow connections in all ways that slowhttptest knows, sends it requests meanwhile, and
# tells whether and how soon it answered them.
# Usage: scripts/slow.sh URL [connections [seconds of each way]]     (2000 and 60 unless said)
# URL: any below the server's /callbacks/v1/, http or https. A server waits for no body of a stranger, so the slow
# bodies are worth their name only if the seal stands in the URL (placement PATH); then the requests are callbacks.
# Exit code: 0 all were answered, 1 some were not, 2 it could not be tried.
# Needs curl and slowhttptest (Debian: apt-get install slowhttptest). Aim it at servers of your own alone.
set -euo pipefail

complain() {
  echo "$1" >&2
  exit 2
}

url=${1:?"Usage: $0 URL [connections [seconds]]"}
connections=${2:-2000}
seconds=${3:-60}
for need in curl slowhttptest; do
  command -v "$need" >/dev/null || complain "$need is not installed: apt-get install $need"
done
files=$((connections + 100))
limit=$(ulimit -n)
[ "$limit" = unlimited ] || [ "$limit" -ge "$files" ] || ulimit -n "$files" 2>/dev/null ||
  complain "$connections connections need $files open files: raise the limit with ulimit -n."

attack=
work=$(mktemp -d)
clean() {
  [ -z "$attack" ] || kill "$attack" 2>/dev/null || true
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

# Prints the status and the seconds it took; 000 is no answer.
ask() {
  curl -ksg -o "$work/answer" -w '%{http_code} %{time_total}\n' -m 3 -X POST "$url" || true
}

failed=0
summary() {
  # Any answer will do: 404 is what a stranger gets.
  sort -k2n "$work/asked" | awk -v name="$1" '
    { count[$1]++; time[NR] = $2 * 1000 }
    END {
      for (status in count) if (status != "000") answers = answers " " count[status] " times " status
      at = int(NR * 0.99); if (at < NR * 0.99) at++
      printf "%-12s %d requests, %d without an answer (%s ), median %.1f ms, p99 %.1f ms, longest %.1f ms\n",
        name, NR, count["000"], answers, time[int((NR + 1) / 2)], time[at], time[NR]
    }'
  ! grep -q '^000' "$work/asked" || failed=1
}

# A server that has just begun is slow by itself at first, so the first requests do not count.
quiet() {
  for _ in {1..50}; do
    ask > "$work/first"
  done
  : > "$work/asked"
  local end=$((SECONDS + (seconds < 10 ? seconds : 10)))
  while [ "$SECONDS" -lt "$end" ]; do
    ask >> "$work/asked"
    sleep 0.1
  done
  summary quiet
  [ "$failed" -eq 0 ] || complain "It does not answer as it is."
}

run() {
  local name=$1 status
  shift
  : > "$work/asked"
  slowhttptest "$@" -c "$connections" -r 200 -l "$seconds" -p 3 -u "$url" > "$work/said" 2>&1 &
  attack=$!
  while kill -0 "$attack" 2>/dev/null; do
    ask >> "$work/asked"
    sleep 0.1
  done
  status=0
  wait "$attack" || status=$?
  attack=
  # Without its colours.
  sed 's/\x1b\[[0-9;]*[A-Za-z]//g' "$work/said" > "$work/plain"
  [ "$status" -eq 0 ] || { tail -n 5 "$work/plain" >&2; complain "slowhttptest ended with $status."; }
  summary "$name"
  awk '
    /^connected:/ && $2 + 0 > most { most = $2 }
    /^closed:/ { closed = $2 }
    /^Test ended on/ { when = $4 }
    /^Exit status:/ { sub(/^Exit status: */, ""); how = $0 }
    # It tells how it goes every 5 s only.
    END {
      printf "%-12s %s (%s second)", "", how, when
      if (most) printf "; up to %d connections at once, %d closed by the server", most, closed
      printf "\n"
    }
  ' "$work/plain"
}

quiet
run "slow headers" -H -i 1
run "slow bodies" -B -i 1 -s 60000 -t POST
run "slow reading" -X -k 3 -w 1 -y 2 -n 1 -z 1
run "ranges" -R -a 1 -b 500
exit "$failed"

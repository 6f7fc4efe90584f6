#!/usr/bin/env bash
# Starts the packaged service with one mistake after another: each ends with exit code 1 and one line that says what to do.
set -euo pipefail
cd "$(dirname "$0")/../../.."
work=$(mktemp -d)
first=
trap '[ -z "$first" ] || kill "$first" 2>/dev/null || true; rm -rf "$work"' EXIT
port=${PORT:-18080}
passed=0

start() {
  exec java "$@" -jar target/quarkus-app/quarkus-run.jar # the process that is stopped below
}
mistake() { # words that the line has to have, then the options
  local expected=$1 code=0
  shift
  timeout 120 java "$@" -jar target/quarkus-app/quarkus-run.jar > "$work/out" 2> "$work/err" || code=$?
  if [ "$code" -ne 1 ] || ! grep -qF "FlowBlend cannot start: $expected" "$work/err" || grep -qE '^\s+at |Caused by' "$work/out" "$work/err"; then
    echo "exit code $code, expected 1 and '$expected':" >&2
    cat "$work/out" "$work/err" >&2
    exit 1
  fi
  passed=$((passed + 1))
}

start -Dquarkus.http.port="$port" -Dflowblend.data-directory="$work/first" > "$work/log" 2>&1 &
first=$!
for _ in $(seq 240); do
  curl -fs "http://127.0.0.1:9000/q/health/live" > /dev/null && break
  sleep 0.5
done
other="-Dquarkus.http.port=$((port + 1))"
mistake "profile 'fast': is not there" "$other" -Dflowblend.data-directory="$work/a" -Dflowblend.profile=fast
mistake "the data directory $work/first is in use by another service" "$other" -Dflowblend.data-directory="$work/first"
mistake "the data directory /proc/nowhere cannot be written" "$other" -Dflowblend.data-directory=/proc/nowhere
mistake "port $port of 127.0.0.1 cannot be had" -Dquarkus.http.port="$port" -Dflowblend.data-directory="$work/b"
mistake "flowblend.api-keys.x: the SHA-256 hash of the key 'x' has to be 64 hexadecimal digits" "$other" \
  -Dflowblend.data-directory="$work/c" -Dflowblend.api-keys.x.sha256=zz
mistake "flowblend.api-keys-file: cannot read $work/none" "$other" -Dflowblend.data-directory="$work/d" -Dflowblend.api-keys-file="$work/none"
mistake "device has to be" "$other" -Dflowblend.data-directory="$work/e" -Dflowblend.device=gpu
mistake "Configuration validation failed: The config property flowblend.queue.retention" "$other" \
  -Dflowblend.data-directory="$work/f" -Dflowblend.queue.retention=abc
kill "$first"
wait "$first" && code=0 || code=$?
first=
[ "$code" -eq 0 ] || [ "$code" -eq 143 ] || { echo "the service that was well ended with $code" >&2; exit 1; }
echo "start mistakes: $passed passed, 0 failed"

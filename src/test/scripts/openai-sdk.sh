#!/usr/bin/env bash
# Starts the packaged service with the built-in pair and lets the OpenAI Python SDK create, poll and download a video.
# Needs: `mvn package` done, python3 with venv, a package index for pip.
set -euo pipefail
cd "$(dirname "$0")/../../.."
work=$(mktemp -d)
port=${PORT:-18080}
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r src/test/python/requirements.txt
management=${MANAGEMENT_PORT:-19000}
java -Dquarkus.http.port="$port" -Dquarkus.management.port="$management" -Dflowblend.data-directory="$work/data" \
    -jar target/quarkus-app/quarkus-run.jar >"$work/service.log" 2>&1 &
service=$!
trap 'kill $service 2>/dev/null || true; wait $service 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 120); do
    if curl --silent --fail --output /dev/null "http://127.0.0.1:$management/q/health/ready"; then
        break
    fi
    if ! kill -0 $service 2>/dev/null; then
        cat "$work/service.log"
        echo "the service did not start" >&2
        exit 1
    fi
    sleep 1
done
"$work/venv/bin/python" src/test/python/openai_sdk.py "http://127.0.0.1:$port"

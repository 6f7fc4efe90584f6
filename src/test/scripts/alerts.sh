#!/usr/bin/env bash
# Holds the alert rules to Prometheus' own checker: they are valid, each one comes when it should and only then, and every
# expression of the dashboard can be read. Debian's package prometheus brings the checker; it is installed where it is not there.
set -euo pipefail
cd "$(dirname "$0")/../../.."
if ! command -v promtool > /dev/null; then
  { apt-get update && apt-get install -y --no-install-recommends prometheus; } > /dev/null
fi
promtool check rules src/main/docker/prometheus/alerts.yml
promtool test rules src/test/scripts/alerts-test.yml

rules=$(mktemp --suffix=.yml)
trap 'rm -f "$rules"' EXIT
python3 - > "$rules" <<'PY'
import json
panels = json.load(open("src/main/docker/grafana/dashboards/flowblend.json"))["panels"]
expressions = [target["expr"].replace("$pair", ".*") for panel in panels for target in panel.get("targets", [])]
rules = [{"record": f"panel:{n}", "expr": expression} for n, expression in enumerate(expressions)]
print(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
PY
promtool check rules "$rules"

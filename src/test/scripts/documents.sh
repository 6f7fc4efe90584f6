#!/usr/bin/env bash
# Runs every block of the API guide against the packaged service, in the order in which they stand, then the commands of the other
# documents that take seconds and need nothing but the service. That all commands and their options are there is DocumentsTest's.
set -euo pipefail
cd "$(dirname "$0")/../../.."
root=$PWD
work=$(mktemp -d)
java -Dflowblend.data-directory="$work/data" -jar target/quarkus-app/quarkus-run.jar > "$work/log" 2>&1 &
service=$!
trap 'kill $service 2>/dev/null || true; wait $service 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 240); do
  curl -fs http://127.0.0.1:9000/q/health/ready > /dev/null && break
  kill -0 $service || { cat "$work/log" >&2; exit 1; }
  sleep 0.5
done

cd "$work"
python3 - "$root/src/site/markdown/api.md" <<'PY'
import re, subprocess, sys
blocks = re.findall(r"^```(bash|python|javascript)\n(.*?)^```", open(sys.argv[1]).read(), re.M | re.S)
programs = {"bash": ("bash", "-euo", "pipefail"), "python": ("python3",), "javascript": ("node",)}
suffixes = {"bash": "sh", "python": "py", "javascript": "mjs"}
passed = 0
for number, (language, text) in enumerate(blocks, 1):
    name = f"block{number}.{suffixes[language]}"
    open(name, "w").write(text)
    run = subprocess.run([*programs[language], name], capture_output=True, text=True, timeout=300)
    said = run.stdout + run.stderr
    wrong = run.returncode != 0 or ('"error":{' in said and "qualty" not in text)
    print(f"block {number} ({language}): {'failed' if wrong else 'passed'}")
    if wrong:
        print(said)
        sys.exit(1)
    if "qualty" in text and "Did you mean 'quality'" not in said:
        sys.exit("the misspelt field is not named: " + said)
    if "order-17" in text and said.split()[0] != "2":
        sys.exit("the same key gave two videos: " + said)
    passed += 1
print(f"{passed} passed, {len(blocks) - passed} failed")
PY

# As they stand, from a folder in which the service's data lies where the documents have it.
ln -s "$root/target" target
python3 - "$root" <<'PY'
import pathlib, re, subprocess, sys
root = pathlib.Path(sys.argv[1])
texts = [(root / "README.md").read_text()] + [file.read_text() for file in sorted((root / "src/site/markdown").glob("*.md"))]
blocks = [line for text in texts for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]
jar = r"java -jar target/quarkus-app/quarkus-run\.jar (generate|inspect data/|videos|completion|--help)"
curl = r"curl .*127\.0\.0\.1:8080/v1/(videos/sync .*red seven|pairs/glyphs/calibration/export)"
commands = sorted({line for line in blocks if re.match(jar, line) or re.match(curl, line)})
for command in commands:
    run = subprocess.run(["bash", "-euo", "pipefail", "-c", command], capture_output=True, text=True, timeout=300)
    print(f"{command}: {'failed' if run.returncode else 'passed'}")
    if run.returncode:
        sys.exit(run.stdout + run.stderr)
if len(commands) < 5:
    sys.exit(f"only {len(commands)} commands were found: {commands}")
PY

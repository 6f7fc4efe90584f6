#!/usr/bin/env bash
# Checks the packaged service (mvn -Prelease package): its jar holds LICENSE and a THIRD-PARTY.md that names the licence of
# every library in target/quarkus-app/lib, and target/sbom.json lists every one of them.
set -euo pipefail
cd "$(dirname "$0")/../../.."

app=$(ls target/quarkus-app/app/*.jar)
list=$(unzip -p "$app" META-INF/THIRD-PARTY.md)
unzip -p "$app" META-INF/LICENSE | grep -q 'Apache License' || { echo "the jar has no LICENSE" >&2; exit 1; }

missing=0
checked=0
for jar in target/quarkus-app/lib/main/*.jar target/quarkus-app/lib/boot/*.jar; do
  name=$(basename "$jar" .jar)                              # group.artifact-version[-classifier]
  found=$(grep -oE '^\| `[^`]+` \| [^|]+ \|' <<< "$list" | sed -E 's/^\| `([^:]+):([^`]+)` \| ([^ ]+) \|/\1.\2-\3/' \
    | while read -r library; do [[ $name == "$library" || $name == "$library"-* ]] && echo "$library"; done || true)
  if [ -z "$found" ]; then
    echo "THIRD-PARTY.md does not name $name" >&2
    missing=$((missing + 1))
  fi
  checked=$((checked + 1))
done
if grep -qi 'unknown license' <<< "$list"; then
  echo "THIRD-PARTY.md has a library without a licence" >&2
  missing=$((missing + 1))
fi
listed=$(python3 -c 'import json; print("\n".join(sorted({c.get("group", "") + "." + c["name"] + "-" + c["version"] for c in json.load(open("target/sbom.json"))["components"]})))')
for jar in target/quarkus-app/lib/main/*.jar; do
  name=$(basename "$jar" .jar)
  while read -r component; do
    [[ $name == "$component" || $name == "$component"-* ]] && continue 2
  done <<< "$listed"
  echo "sbom.json does not list $name" >&2
  missing=$((missing + 1))
done
[ "$missing" -eq 0 ]
echo "licences: $checked libraries, every one with its licence and in the bill of materials"

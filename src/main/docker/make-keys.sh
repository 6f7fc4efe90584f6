#!/usr/bin/env bash
# Makes the keys that compose.yaml needs, in the folder secrets beside this file: one for its admin, one for Prometheus, and
# Grafana's password. The service gets hashes only. Files that are there stay as they are.
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)/secrets
umask 077
mkdir -p "$folder"
if [ -e "$folder/api-keys" ]; then
  echo "$folder/api-keys is there already; nothing was changed" >&2
  exit 1
fi

key() {
  od -An -tx1 -N32 /dev/urandom | tr -d ' \n'
}
hash() {
  printf '%s' "$1" | sha256sum | cut -d' ' -f1
}

admin=$(key)
metrics=$(key)
printf '%s' "$admin" > "$folder/admin-key"
printf '%s' "$metrics" > "$folder/metrics-key"
printf '%s' "$(key)" > "$folder/grafana-password"
{
  echo "# name role sha256"
  echo "admin admin $(hash "$admin")"
  echo "prometheus admin $(hash "$metrics")"
} > "$folder/api-keys"
# Containers read these as other users than the one that made them; the folder itself stays closed.
chmod 644 "$folder/api-keys" "$folder/metrics-key" "$folder/grafana-password"
echo "The admin's key is in $folder/admin-key"

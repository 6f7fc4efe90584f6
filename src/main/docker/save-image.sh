#!/usr/bin/env bash
# Stands in for `docker` where there is none: writes the image that the build would load to the file $IMAGE_TAR.
# `docker load`, `podman load` or a registry's client takes that file.
set -euo pipefail
case "${1:-}" in
  load) cat > "${IMAGE_TAR:?IMAGE_TAR has to name the file to write}"; echo "Loaded image: $IMAGE_TAR" ;;
  info) echo '{"OSType": "linux", "Architecture": "x86_64"}' ;;
  *) echo "save-image.sh knows 'load' and 'info', not '${1:-}'" >&2; exit 1 ;;
esac

#!/usr/bin/env bash
# Builds the container image without a container runtime, unpacks it and makes a video with its own entry point: as its own
# user, its root file system read-only, and with no network but loopback. Needs root, unshare and mmdebstrap (Debian).
set -euo pipefail
cd "$(dirname "$0")/../../.."
work=$(mktemp -d)
trap 'umount -R "$work/root" 2>/dev/null || true; rm -rf "$work"' EXIT

# A base image like the published ones: a small Debian with a Java runtime.
base=${BASE_ROOT_TAR:-$work/base-root.tar}
[ -f "$base" ] || mmdebstrap --variant=minbase --include=openjdk-17-jre-headless bookworm "$base"
python3 - "$base" "$work/base.tar" <<'PY'
import hashlib, io, json, sys, tarfile
root, out = sys.argv[1:]
digest = hashlib.sha256()
with open(root, "rb") as layer:
    while block := layer.read(1 << 20):
        digest.update(block)
config = {"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/usr/bin:/bin"]},
          "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest.hexdigest()]}, "history": [{"created_by": "base"}]}
with tarfile.open(out, "w") as tar:
    tar.add(root, "layer.tar")
    for name, value in (("config.json", config),
                        ("manifest.json", [{"Config": "config.json", "RepoTags": ["base:1"], "Layers": ["layer.tar"]}])):
        data = json.dumps(value).encode()
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
PY

export IMAGE_TAR=$work/image.tar
mvn -B -ntp -q -Pimage -Djacoco.skip -DskipTests package -Dimage.base="tar://$work/base.tar" \
  -Dquarkus.jib.docker-executable-name="$PWD/src/main/docker/save-image.sh"

# The layers over each other, as a runtime would lay them; then a root file system that cannot be written.
mkdir "$work/root" "$work/image"
tar -xf "$IMAGE_TAR" -C "$work/image"
read -r config layers < <(python3 -c "
import json, sys
m = json.load(open(sys.argv[1] + '/manifest.json'))[0]
print(m['Config'], ' '.join(m['Layers']))" "$work/image")
for layer in $layers; do
  tar --warning=no-unknown-keyword -xf "$work/image/$layer" -C "$work/root"
done
mkdir -p "$work/root/data"
python3 - "$work/image/$config" > "$work/entry" <<'PY'
import json, shlex, sys
config = json.load(open(sys.argv[1]))["config"]
assert config["User"] == "10001:10001", config["User"]
assert "8080/tcp" in config["ExposedPorts"], config
print("cd", shlex.quote(config["WorkingDir"]))
for variable in config["Env"]:
    print("export", shlex.quote(variable))
print("exec", " ".join(map(shlex.quote, config["Entrypoint"])))
PY
cp "$work/entry" "$work/root/entry.sh"
cat > "$work/inside" <<'SH'
set -euo pipefail
root=$1
ip link set lo up
mount --bind "$root" "$root"
mount -t tmpfs -o mode=0755,uid=10001,gid=10001 data "$root/data"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -o remount,bind,ro "$root"
! touch "$root/work/written" 2>/dev/null || { echo "the root file system can be written" >&2; exit 1; }
chroot --userspec=10001:10001 "$root" /bin/sh /entry.sh > "$root/tmp/log" 2>&1 &
service=$!
trap 'kill $service 2>/dev/null; wait $service 2>/dev/null || true' EXIT
for _ in $(seq 240); do
  curl -fs http://127.0.0.1:8080/q/health/ready > /dev/null && break
  kill -0 $service || { cat "$root/tmp/log" >&2; exit 1; }
  sleep 0.5
done
curl -fsS http://127.0.0.1:8080/v1/videos/sync --json '{"prompt": "a red seven moves left fast", "num_inference_steps": 8}' -o "$root/tmp/video.mp4" \
  || { cat "$root/tmp/log" >&2; exit 1; }
head -c 12 "$root/tmp/video.mp4" | grep -aq ftyp
curl -fsS http://127.0.0.1:8080/ | grep -q FlowBlend
owner=$(ps -o uid= -p $service | tr -d ' ')
[ "$owner" = 10001 ] || { echo "the service runs as user $owner" >&2; exit 1; }
SH
unshare --mount --net --pid --fork --mount-proc bash "$work/inside" "$work/root"
echo "image: $(du -h "$IMAGE_TAR" | cut -f1), a video was made by its entry point as user 10001 on a read-only root without a network"

#!/usr/bin/env bash
# What has to hold on a machine with an NVIDIA GPU, and the figures that belong into benchmarks.md. It has not been run yet:
# no GPU was at hand.
# Needs: a driver for CUDA 13.1, cuDNN 9, a JDK, Maven; for the peer, python3 with src/test/python/requirements-bench.txt
# (set PYTHON to its interpreter, or leave the peer out).
#
#   src/test/scripts/gpu-check.sh [DEVICE]        cuda:0 if left out
set -euo pipefail
cd "$(dirname "$0")/../../.."
device=${1:-cuda:0}
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv

echo "== parity with the stored reference: 1e-4 in float32 (TF32 is off), 2e-2 in bfloat16 (text encoders 5e-2)"
for dtype in float32 bfloat16; do
    mvn -q -B -Pgpu test -Dtest=ReferenceTest \
        -Dflowblend.reference.device="$device" -Dflowblend.reference.dtype="$dtype"
done

echo "== everything that runs without one, on the CUDA build"
mvn -q -B -Pgpu test -Dtest='HardwareTest,DevicesTest,PairPipelineTest,LtxPipelineTest'

mvn -q -B -Pgpu -DskipTests package
flowblend() {
    java -jar target/quarkus-app/quarkus-run.jar "$@"
}

echo "== leak test: resident size must not grow by more than 5 %, and neither may the GPU's memory"
used() {
    nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits --id="${device#*:}"
}
flowblend bench memory --videos 200 --steps 8 --device "$device" --dtype float32 &
bench=$!
sleep 60
early=$(used)
while kill -0 $bench 2>/dev/null; do
    late=$(used)
    sleep 5
done
wait $bench
echo "GPU memory after a minute $early MiB, at the end ${late:-$early} MiB"

echo "== the loop, and one forward of the built-in large model"
flowblend bench loop --rounds 15 --device "$device" --dtype float32
for dtype in float32 bfloat16; do
    flowblend bench forward --model data/pairs/digits/large --device "$device" --dtype "$dtype" --rounds 20
done

if flowblend bench --help | grep -q '^ *load'; then
    echo "== loading a 1.3B folder"
    flowblend bench load --device "$device"
fi

if [ -n "${PYTHON:-}" ]; then
    echo "== against diffusers: four layers of Wan 1.3B, one frame of 480p (1,560 tokens)"
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    for dtype in float32 bfloat16; do
        "$PYTHON" src/test/python/bench_forward.py "$folder/wan" --make 4 --dtype "$dtype" --device "$device" --rounds 20
        flowblend bench forward --model "$folder/wan" --latents 16,1,60,104 --text 512,4096 \
            --device "$device" --dtype "$dtype" --rounds 20
    done
fi

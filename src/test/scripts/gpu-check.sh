#!/usr/bin/env bash
# What has to hold on a machine with an NVIDIA GPU, and the figures that belong into benchmarks.md. It has been run with
# DEVICE cpu alone: no GPU was at hand.
# Needs: a JDK and Maven; for a GPU, its driver and the libraries of CUDA 13.1 (with CUPTI and cuFile), cuDNN 9 and NCCL 2
# where the system finds them. PYTHON names an interpreter with numpy, which makes the folder of 1.3B (2.8 GB) that is
# loaded, and with src/test/python/requirements-bench.txt for the diffusers peer; without it these two are left out.
#
#   [PYTHON=python3] src/test/scripts/gpu-check.sh [DEVICE]       cuda:0 if left out; cpu tries the script itself
#
# It goes on after a failure, ends with a line for each check, and with status 1 if one failed. VIDEOS (200), ROUNDS (20) and
# LAYERS (30, of the folder that is loaded) make it shorter.
set -uo pipefail
cd "$(dirname "$0")/../../.."
device=${1:-cuda:0}
videos=${VIDEOS:-200}
rounds=${ROUNDS:-20}
layers=${LAYERS:-30}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export FLOWBLEND_DATA_DIRECTORY=$work/data
maven=(mvn -q -B)
if [ "$device" != cpu ]; then
    maven+=(-Pgpu)
fi
summary=()
failed=0

check() { # NAME COMMAND...
    echo "== $1"
    if "${@:2}"; then
        summary+=("passed    $1")
    else
        summary+=("FAILED    $1")
        failed=1
    fi
}

left_out() { # NAME REASON
    summary+=("left out  $1: $2")
}

flowblend() {
    java -jar target/quarkus-app/quarkus-run.jar "$@"
}

# libtorch's own answer, not the driver's: a build that falls back to the CPU would pass all that follows
device_is_used() {
    flowblend bench forward "$work/data/pairs/glyphs/large" --device "$device" --dtype float32 --rounds 3 |
        tee "$work/forward.txt" && grep -q "on $device," "$work/forward.txt"
}

parity() { # DTYPE
    "${maven[@]}" test -Dtest=ReferenceTest -Dflowblend.reference.device="$device" -Dflowblend.reference.dtype="$1" |
        grep -v '^parity' # one line a tensor; they are in target/surefire-reports
    return "${PIPESTATUS[0]}"
}

used() { # MiB of the GPU's memory, by everyone
    nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits --id="${device#*:}"
}

# Resident size by the benchmark's own count; the GPU's memory by its largest in the last quarter over that in the second.
leak() {
    flowblend bench memory --videos "$videos" --steps 8 --device "$device" --dtype float32 --json "$work/memory.json" &
    local bench=$!
    while kill -0 $bench 2>/dev/null; do
        [ "$device" = cpu ] || used >>"$work/used.txt"
        sleep 1
    done
    wait $bench || return 1
    local growth
    growth=$(grep -o '"growth" : [-0-9.E]*' "$work/memory.json" | sed 's/.*: //')
    awk -v growth="$growth" 'BEGIN { exit !(growth <= 0.05) }' || return 1
    [ "$device" = cpu ] && return
    awk '{ mib[NR] = $1 }
        END {
            for (i = 1; i <= NR; i++) {
                if (i > NR / 4 && i <= NR / 2 && mib[i] > early) early = mib[i]
                if (i > 3 * NR / 4 && mib[i] > late) late = mib[i]
            }
            printf "the GPU: %d MiB in the second quarter, %d MiB in the last\n", early, late
            exit !(early > 0 && late <= 1.05 * early)
        }' "$work/used.txt"
}

# A pair that nothing is known about is served by LARGE with probes, which is what runs on both devices at once.
two_devices() { # SECOND
    mkdir -p "$work/pairs" && cp -r "$work/data/pairs/glyphs" "$work/pairs/apart" &&
        sed -i "s/^id: glyphs/id: apart\ndevice: $device\nsmall-device: $1/" "$work/pairs/apart/pair.yaml" &&
        flowblend generate --pairs-directory "$work/pairs" --pair apart --prompt "a red seven moves left fast" \
            --seed 7 --out "$work/apart.mp4"
}

load() {
    "$PYTHON" src/test/python/make_random_wan.py "$work/wan" --dtype bf16 --layers "$layers" &&
        for dtype in float32 bfloat16; do
            flowblend bench load "$work/wan" --rounds 3 --device "$device" --dtype "$dtype" || return 1
        done
}

# Four layers of Wan 1.3B, one frame of 480p (1,560 tokens).
peer() { # DTYPE
    "$PYTHON" src/test/python/make_random_wan.py "$work/four" --dtype f32 --layers 4 &&
        "$PYTHON" src/test/python/bench_forward.py "$work/four" --latents 16,1,60,104 --text-positions 512 \
            --dtype "$1" --device "$device" --rounds "$rounds" &&
        flowblend bench forward "$work/four" --latents 16,1,60,104 --text-positions 512 \
            --device "$device" --dtype "$1" --rounds "$rounds"
}

if [ "$device" != cpu ]; then
    check "driver" nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv
fi
check "build" "${maven[@]}" -DskipTests package
check "the loop on $device" flowblend bench loop --rounds "$((rounds / 2 + 1))" --device "$device" --dtype float32
check "$device is really used" device_is_used
check "parity in float32: 1e-4 (TF32 is off)" parity float32
check "parity in bfloat16: 2e-2 (text encoders 5e-2)" parity bfloat16
check "pipelines, formats and devices" "${maven[@]}" test \
    -Dtest='HardwareTest,DevicesTest,ProbeOnTwoDevicesTest,PairPipelineTest,LtxPipelineTest'
check "leaks: resident size and the GPU's memory grow by 5 % at most" leak
if [ "$device" = cpu ]; then
    left_out "small model on a second device" "there is none"
elif [ "$(nvidia-smi --list-gpus | wc -l)" -gt 1 ]; then
    check "small model on another GPU" two_devices "cuda:$((${device#*:} == 0))"
    check "small model on the CPU" two_devices cpu
else
    left_out "small model on another GPU" "there is one GPU"
    check "small model on the CPU" two_devices cpu
fi
for dtype in float32 bfloat16; do
    check "a forward of the built-in large model in $dtype" flowblend bench forward \
        "$work/data/pairs/glyphs/large" --device "$device" --dtype "$dtype" --rounds "$rounds"
done
if [ -z "${PYTHON:-}" ]; then
    left_out "loading 1.3B" "PYTHON is not set"
    left_out "a forward beside diffusers" "PYTHON is not set"
else
    check "loading 1.3B" load
    if "$PYTHON" -c 'import diffusers' 2>/dev/null; then
        check "a forward beside diffusers in float32" peer float32
        check "a forward beside diffusers in bfloat16" peer bfloat16
    else
        left_out "a forward beside diffusers" "$PYTHON has no diffusers"
    fi
fi

echo
echo "== summary, $device"
printf '%s\n' "${summary[@]}"
exit $failed

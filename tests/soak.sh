#!/usr/bin/env bash
# Trains for so many steps (20,000) and holds that the memory of the process stays flat: its resident bytes are read every
# half second, and the largest of the last tenth may be at most 1 percent above the largest of the second tenth. On an
# adapter that computes on the CPU, the buffers of the GPU are among them. Takes the program of a release build.
#
# usage: tests/soak.sh [STEPS]
set -euo pipefail
cd "$(dirname "$0")/.."

steps=${1:-20000}
ocellus=$PWD/target/release/ocellus
folder=$(mktemp -d)
trap 'kill "$training" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

# 1,600 pictures in batches of 16 are 100 steps an epoch; every epoch ends with a validation and a checkpoint.
"$ocellus" train --model lenet5 --limit 1600 --batch-size 16 --epochs $((steps / 100)) --out run >out 2>err &
training=$!
while kill -0 "$training" 2>/dev/null; do
    awk '/^VmRSS/ {print $2}' "/proc/$training/status" 2>/dev/null || true
    sleep 0.5
done >resident
wait "$training" || { cat out err; exit 1; }

# The largest of the samples from share FROM to share TO of the training, in KiB.
largest() {
    awk -v from="$1" -v to="$2" '{value[NR] = $1}
        END {for (i = int(NR * from) + 1; i <= NR * to; i++) if (value[i] > most) most = value[i]; print most + 0}' resident
}
early=$(largest 0.1 0.2) late=$(largest 0.9 1)
echo "$steps steps in $SECONDS s: $early KiB resident in the second tenth at most, $late KiB in the last"
[ "$late" -gt 0 ] && [ $((late * 100)) -le $((early * 101)) ]

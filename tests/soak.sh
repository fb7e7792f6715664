#!/usr/bin/env bash
# Trains for so many steps (20,000) and holds that its memory stays flat. Of the host: the resident bytes of the process are
# read every half second, and the largest of the last tenth may be at most 1 percent above the largest of the second tenth;
# on an adapter that computes on the CPU, the buffers of the GPU are among them. Of the GPU: after every epoch the program
# tells the bytes of its buffers and how many it made, and both must be those after the first epoch. Takes the program of a
# release build.
#
# usage: tests/soak.sh [STEPS]
set -euo pipefail
cd "$(dirname "$0")/.."

steps=${1:-20000}
epochs=$((steps / 100))
if [ "$epochs" -lt 2 ]; then echo "give at least 200 steps: an epoch is 100, and two are compared" >&2; exit 2; fi
ocellus=$PWD/target/release/ocellus
folder=$(mktemp -d)
training=
trap 'if [ -n "$training" ]; then kill "$training" 2>/dev/null || true; fi; rm -rf "$folder"' EXIT
cd "$folder"

# 1,600 pictures in batches of 16 are 100 steps an epoch; every epoch ends with a validation and a checkpoint.
train=(train --data digits --model lenet5 --limit 1600 --batch-size 16 --epochs "$epochs" --out run)
RUST_LOG=ocellus=debug "$ocellus" "${train[@]}" >out 2>err &
training=$!
while kill -0 "$training" 2>/dev/null; do
    awk '/^VmRSS/ {print $2}' "/proc/$training/status" 2>/dev/null || true
    sleep 0.5
done >resident
wait "$training" || { cat out err; exit 1; }
training=

# The largest of the samples from share FROM to share TO of the training, in KiB.
largest() {
    awk -v from="$1" -v to="$2" '{value[NR] = $1}
        END {for (i = int(NR * from) + 1; i <= NR * to; i++) if (value[i] > most) most = value[i]; print most + 0}' resident
}
early=$(largest 0.1 0.2) late=$(largest 0.9 1)
echo "$steps steps in $SECONDS s: $early KiB resident in the second tenth at most, $late KiB in the last"

# A line an epoch: the bytes on the GPU, and the buffers made so far.
sed -n 's/.* ends with \([0-9]*\) bytes on the GPU, \([0-9]*\) buffers made so far.*/\1 \2/p' err >gpu
told=$(wc -l <gpu)
planned=$(sed -n 's/^GPU memory: \([0-9]*\) bytes.*/\1/p' out)
echo "planned $planned bytes on the GPU; after each of $told epochs, bytes and buffers made:" $(sort -u gpu | paste -sd ';')
# One by one: what stands before && in a list ends nothing.
fails() {
    echo "$1" >&2
    exit 1
}
[ "$told" = "$epochs" ] || fails "$told of $epochs epochs told their bytes"
[ "$(sort -u gpu | wc -l)" = 1 ] || fails "the bytes or the buffers changed from epoch to epoch"
[ "$(cut -d ' ' -f 1 gpu | sort -u)" = "$planned" ] || fails "the bytes are not those that were planned"
[ "$late" -gt 0 ] || fails "there is no sample of the last tenth"
[ $((late * 100)) -le $((early * 101)) ] || fails "the host's memory grew by more than a hundredth"

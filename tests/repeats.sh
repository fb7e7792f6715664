#!/usr/bin/env bash
# Trains with one seed as often as the first argument says (10) while other processes keep every core busy, and holds that
# all end in one hash of the weights and one history. Takes the program of a release build.
#
# usage: tests/repeats.sh [RUNS]
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-10}
ocellus=$PWD/target/release/ocellus
folder=$(mktemp -d)
load=()
finish() {
    if [ "${#load[@]}" -gt 0 ]; then kill "${load[@]}" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

for _ in $(seq "$(nproc)"); do
    yes >/dev/null &
    load+=($!)
done
for run in $(seq "$runs"); do
    "$ocellus" train --limit 1000 --epochs 2 --seed 3 --kernel-choice fixed --out "$run" >out 2>err || { cat out err; exit 1; }
    cut -d, -f1-5,8 "$run/history.csv" >"$run/metrics"
    for file in metrics steps.csv last.safetensors best.safetensors; do cmp "1/$file" "$run/$file"; done
done
echo "$runs runs, one hash: $(tail -n 1 1/metrics | cut -d, -f6)"

#!/usr/bin/env bash
# Kills a training at random moments, as often as the first argument says (200), and holds that it ends in the bits of a
# training that was never killed. Takes the program of a release build.
#
# usage: tests/kills.sh [KILLS] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."

kills=${1:-200}
RANDOM=${2:-1}
ocellus=$PWD/target/release/ocellus
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# Small steps, and so many of them that the training outlasts the kills; the last batch of 13 in an epoch is smaller.
train=(train --model lenet5 --limit 200 --batch-size 16 --checkpoint-every 5 --kernel-choice fixed)

# The last step at which there is a checkpoint.
last() {
    { find "$1/checkpoints" -name 'step-*.safetensors' 2>/dev/null || true; } | sed 's/.*step-//; s/[.].*//' | sort -n | tail -n 1
}

started=$SECONDS
command=("${train[@]}" --epochs 1000000 --out killed)
lost=0 unwritten=0
for kill in $(seq "$kills"); do
    before=$(last killed)
    "$ocellus" "${command[@]}" >out 2>err &
    pid=$!
    # From before the first step to amid some epoch.
    sleep "$((RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))"
    if ! kill -9 "$pid" 2>/dev/null; then
        echo "the training ended by itself before kill $kill:"; cat out err; exit 1
    fi
    wait "$pid" 2>/dev/null || true
    if [ -e killed/config.toml ]; then command=(train --resume killed); else rm -rf killed; fi
    after=$(last killed)
    if [ "${after:-0}" -lt "${before:-0}" ]; then echo "kill $kill took the run from step $before to $after"; exit 1; fi
    if [ "${after:-0}" = "${before:-0}" ]; then unwritten=$((unwritten + 1)); fi
    # What is in the log beyond the checkpoint is done again.
    if [ -e killed/steps.csv ]; then
        rows=$(($(wc -l <killed/steps.csv) - 1))
        if [ "$rows" -gt "${after:-0}" ]; then lost=$((lost + 1)); fi
    fi
done
killed_at=$(last killed)
echo "$kills kills in $((SECONDS - started)) s, the last after step ${killed_at:-0}: $unwritten before a new checkpoint,"
echo "$lost with steps logged that were done again"

# To the same number of epochs, with and without kills.
epochs=$((${killed_at:-0} / 13 + 2))
sed -i "s/^epochs = .*/epochs = $epochs/" killed/config.toml
"$ocellus" train --resume killed >out 2>err || { cat out err; exit 1; }
"$ocellus" "${train[@]}" --epochs "$epochs" --out straight >out 2>err || { cat out err; exit 1; }
cmp <(cut -d, -f1-5,8 killed/history.csv) <(cut -d, -f1-5,8 straight/history.csv)
for file in steps.csv last.safetensors best.safetensors; do cmp "killed/$file" "straight/$file"; done
if find killed -name '.ocellus-*' | grep .; then echo "unfinished files are left"; exit 1; fi
echo "the same bits after $epochs epochs: $(tail -n 1 straight/history.csv | cut -d, -f8)"

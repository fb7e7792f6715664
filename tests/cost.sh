#!/usr/bin/env bash
# Measures in one run what checkpoints every 500 steps and watching for NaN cost together: trainings with neither (A) and
# with both (B) in turn, A B, B A, A B and so on. Of each its seconds on the clock and of the processors (user and system),
# since the latter hardly depend on who else runs, less those of a training of a single step: starting, reading the data,
# the checkpoints at the beginning and the end. Fails where B takes 2 percent of the processors' seconds more than A, or
# more. The lecture's model on CIFAR-10, whose files OCELLUS_TEST_CIFAR10 names as in the tests; the default is the cache.
# Takes the program of a release build.
#
# usage: tests/cost.sh [STEPS] [ROUNDS] [EVERY]    default: 1500 5 500; at most 1,500 steps
set -euo pipefail
cd "$(dirname "$0")/.."

steps=${1:-1500} rounds=${2:-5} every=${3:-500}
if [ "$steps" -gt 1500 ] || [ "$steps" -lt "$every" ]; then
    echo "$steps steps: take no more than CIFAR-10 has, 1500, and no fewer than lie between two checkpoints, $every" >&2
    exit 2
fi
ocellus=$PWD/target/release/ocellus
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

data=(--data cifar10)
if [ -n "${OCELLUS_TEST_CIFAR10:-}" ]; then data+=(--data-dir "$OCELLUS_TEST_CIFAR10"); fi
TIMEFORMAT='%R %U %S'

# Trains on so many batches of 32, and on a hundredth of them more to validate; appends the seconds to the file NAME: on
# the clock, then of the processors.
train() {
    local name=$1 batches=$2
    shift 2
    rm -rf run
    local all=(train "${data[@]}" --limit $((batches * 32 * 100 / 99 + 1)) --validation-split 0.01 --epochs 1 --seed 1)
    # Measured kernels would be measured in whichever training comes first.
    all+=(--kernel-choice fixed --out run)
    { time "$ocellus" "${all[@]}" "$@" >out 2>err || { cat out err; exit 1; }; } 2>time
    awk 'END {print $1, $2 + $3}' time >>"$name"
}
without() { OCELLUS_TEST_UNWATCHED=1 train A "$steps"; }
with() { train B "$steps" --checkpoint-every "$every"; }

for round in $(seq "$rounds"); do
    train start 1
    if [ $((round % 2)) = 1 ]; then without && with; else with && without; fi
    echo "round $round, clock and processors: start $(tail -n 1 start), without $(tail -n 1 A), with $(tail -n 1 B) s"
done

# Column 1 is the clock, 2 the processors. The share of each round, their mean, and its standard error.
paste -d ' ' start A B | awk -v steps="$steps" -v every="$every" '
    {
        for (clock = 1; clock <= 2; clock++) {
            share = 100 * ($(4 + clock) - $(2 + clock)) / ($(2 + clock) - $clock)
            sum[clock] += share; squares[clock] += share * share
        }
    }
    END {
        for (clock = 1; clock <= 2; clock++) {
            mean[clock] = sum[clock] / NR
            rest = squares[clock] - NR * mean[clock] ^ 2
            error[clock] = NR > 1 && rest > 0 ? sqrt(rest / (NR - 1) / NR) : 0
        }
        printf "checkpoints every %d of %d steps and watching, in %d rounds: %+.2f percent of the processors'"'"' seconds " \
            "(standard error %.2f), %+.2f of the clock (%.2f)\n", every, steps, NR, mean[2], error[2], mean[1], error[1]
        exit mean[2] < 2 ? 0 : 1
    }'

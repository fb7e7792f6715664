#!/usr/bin/env bash
# Trains and runs a model with Ocellus and with its peers in turn, A B A B, and prints the medians, their ratios to Ocellus
# and the commands. Run it on a quiet machine.
#
#   benches/peers/run.sh [ROUNDS [BATCH_SIZE [STEPS [SECONDS [MODEL]]]]]    default: 3 rounds, 32, 16 steps, 5 seconds, lecture
#
# The model is lecture or resnet20, which candle does not have here. PEERS names the peers, all that have the model by
# default: "burn-wgpu burn-flex candle keras". WORK says what is measured, "training inference" by default. RESULTS names a
# file that keeps what each of them printed, line by line, also where the script is interrupted. Building them takes half
# an hour on two cores. CARGO_TARGET_DIR says where to; KERAS_PYTHON names a Python that has Keras, else one is made beside them.
set -euo pipefail
cd "$(dirname "$0")"

rounds=${1:-3} batch=${2:-32} steps=${3:-16} seconds=${4:-5} model=${5:-lecture}
if [ "$model" = lecture ]; then all="burn-wgpu burn-flex candle keras"; else all="burn-wgpu burn-flex keras"; fi
peers=${PEERS:-$all}
works=${WORK:-training inference}
built=${CARGO_TARGET_DIR:-$PWD/target}
mkdir -p "$built"

# Builds package PACKAGE, with the further arguments, and keeps its binary as NAME.
build() {
    local name=$1 package=$2
    shift 2
    CARGO_TARGET_DIR=$built cargo build --release --quiet --package "$package" "$@"
    cp "$built/release/$package" "$built/$name"
}

(cd ../.. && env -u CARGO_TARGET_DIR cargo build --release --quiet)
ocellus=$(cd ../.. && env -u CARGO_TARGET_DIR cargo metadata --format-version 1 --no-deps | python3 -c \
    'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release/ocellus
for peer in $peers; do
    case $peer in
    burn-wgpu) build burn-wgpu peer-burn --features wgpu ;;
    burn-flex) build burn-flex peer-burn --features flex ;;
    candle) build candle peer-candle ;;
    keras)
        if [ -z "${KERAS_PYTHON:-}" ]; then
            KERAS_PYTHON=$built/keras/bin/python
            if [ ! -x "$KERAS_PYTHON" ]; then
                python3 -m venv "$built/keras"
                "$KERAS_PYTHON" -m pip install --quiet keras tensorflow-cpu
            fi
        fi
        ;;
    *)
        echo "There is no peer '$peer'; there are burn-wgpu, burn-flex, candle and keras." >&2
        exit 2
        ;;
    esac
done

# Prints the command of a contender for training or inference.
command_of() {
    case $1 in
    ocellus) echo "$ocellus bench --model $model --batch-size $batch --steps $steps --seconds $seconds --work $2 --json" ;;
    keras) echo "$KERAS_PYTHON keras_peer.py $model $2 $batch $steps $seconds" ;;
    candle) echo "$built/$1 $2 $batch $steps $seconds" ;;
    *) echo "$built/$1 $model $2 $batch $steps $seconds" ;;
    esac
}

if [ -n "${RESULTS:-}" ]; then
    results=$(realpath -m "$RESULTS")
    : >"$results"
else
    results=$(mktemp)
    trap 'rm -f "$results"' EXIT
fi
for work in $works; do
    for ((round = 1; round <= rounds; round++)); do
        for contender in ocellus $peers; do
            echo "$work, round $round of $rounds: $contender" >&2
            command=$(command_of "$contender" "$work")
            # The command is words without spaces of its own, and what it prints is one JSON value.
            printf '{"contender": "%s", "work": "%s", "command": "%s", "result": %s}\n' \
                "$contender" "$work" "$command" "$($command 2>/dev/null | tr -d '\n')" >>"$results"
        done
    done
done
python3 table.py "$results"

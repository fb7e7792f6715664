#!/usr/bin/env bash
# Runs the whole suite on every driver that computes on the CPU and can be had without touching the system, and compares
# what fails with the table of known failures, tests/known_failures.txt: a failure that is not in it is an error, and so is
# one in it that has begun to pass. Debian's packages are unpacked into a folder and named to the Vulkan loader.
#
# usage: tests/drivers.sh [DRIVER...]    default: mesa-22 mesa-25 opengl swiftshader
#
# OCELLUS_DRIVERS names the folder for packages and logs (default target/drivers), OCELLUS_TEST_FILTER what the names of
# the tests must contain. For Debian 12 with its Mesa installed, as ./setup does.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
folder=$(realpath -m "${OCELLUS_DRIVERS:-target/drivers}")
drivers=("$@")
if [ $# = 0 ]; then drivers=(mesa-22 mesa-25 opengl swiftshader); fi
mkdir -p "$folder"

# apt-get with lists and a cache of its own, over Debian 12 with its backports.
apt() {
    mkdir -p "$folder"/apt/{lists/partial,cache/archives/partial}
    local key=/usr/share/keyrings/debian-archive-keyring.gpg suite
    if [ ! -e "$folder/apt/sources.list" ]; then
        for suite in "debian bookworm" "debian bookworm-backports" "debian-security bookworm-security"; do
            echo "deb [signed-by=$key] http://deb.debian.org/${suite% *} ${suite#* } main"
        done >"$folder/apt/sources.list"
        apt update -qq || { rm "$folder/apt/sources.list"; return 1; }
    fi
    apt-get -o "Dir::Etc::sourcelist=$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o "Dir::State::lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache" -o APT::Sandbox::User=root "$@"
}

# Unpacks packages into $folder/NAME, whole or not at all.
unpack() {
    local name=$1 partial=$folder/$1.partial package
    shift
    if [ -d "$folder/$name" ]; then return; fi
    rm -rf "$partial" && mkdir -p "$partial"
    (cd "$partial" && apt download -qq "$@")
    for package in "$partial"/*.deb; do dpkg-deb -x "$package" "$partial"; rm "$package"; done
    mv "$partial" "$folder/$name"
}

# Writes a manifest for the Vulkan loader that names LIBRARY, and prints its path.
manifest() {
    local file=$folder/$1.json library=$2
    echo "{\"file_format_version\": \"1.0.0\", \"ICD\": {\"library_path\": \"$library\", \"api_version\": \"1.3.0\"}}" >"$file"
    echo "$file"
}

# Prints the variables, one a line, with which programs see DRIVER alone.
variables() {
    local libraries
    case $1 in
    mesa-22) echo "VK_DRIVER_FILES=$(echo /usr/share/vulkan/icd.d/lvp_icd.*json)" ;;
    mesa-25)
        unpack mesa-25 mesa-vulkan-drivers/bookworm-backports libdrm2/bookworm-backports >&2
        libraries=$(echo "$folder"/mesa-25/usr/lib/*-linux-gnu)
        echo "VK_DRIVER_FILES=$(manifest mesa-25 "$libraries/libvulkan_lvp.so")"
        echo "LD_LIBRARY_PATH=$libraries"
        ;;
    swiftshader)
        unpack swiftshader chromium-common >&2
        echo "VK_DRIVER_FILES=$(manifest swiftshader "$folder/swiftshader/usr/lib/chromium/libvk_swiftshader.so")"
        ;;
    opengl)
        # One test at a time: wgpu has one context for all devices of an adapter, and gives up where another thread keeps
        # it for longer than six seconds.
        printf '%s\n' WGPU_BACKEND=gl LIBGL_ALWAYS_SOFTWARE=1 RUST_TEST_THREADS=1
        ;;
    *)
        echo "There is no driver '$1'; there are mesa-22, mesa-25, opengl and swiftshader." >&2
        return 2
        ;;
    esac
}

# The tests of DRIVER that are known to fail, sorted.
known() { sed -n "s/^$1 *| *\([^ |]*\) *|.*/\1/p" tests/known_failures.txt | sort; }

# With the suite the program is built, too.
cargo test --release --test suite --no-run 2>&1 | tee "$folder/build.log" >&2
suite=$(sed -n 's|.*tests/suite/main.rs (\(.*\)).*|\1|p' "$folder/build.log")
failed=
for driver in "${drivers[@]}"; do
    started=$SECONDS status=0 log=$folder/$driver.log errors=$folder/$driver.errors
    mapfile -t environment < <(variables "$driver")
    if [ "${#environment[@]}" = 0 ]; then exit 2; fi
    env "${environment[@]}" target/release/ocellus devices 2>/dev/null | sed -n "s/^0: /$driver: /p; s/^   driver */    /p" || true
    # What drivers say would stand amid the lines about tests.
    env "${environment[@]}" OCELLUS_REQUIRE_GPU=1 RUST_BACKTRACE=0 "$root/$suite" ${OCELLUS_TEST_FILTER:-} \
        >"$log" 2>"$errors" || status=$?
    if ! grep -q '^test result' "$log"; then
        # A crash ends the program, so what it was amid is told by the last lines.
        echo "    the suite did not come to its end; its last lines:"
        tail -n 5 "$log" "$errors"
        failed=yes
        continue
    fi
    sed -n 's/^test \([^ ]*\) \.\.\. FAILED$/\1/p' "$log" | sort -u >"$folder/failures"
    ran=$(sed -n 's/^test \([^ ]*\) \.\.\. \(ok\|FAILED\)$/\1/p' "$log" | sort -u)
    new=$(comm -13 <(known "$driver") "$folder/failures")
    mended=$(comm -12 <(comm -23 <(known "$driver") "$folder/failures") <(echo "$ran"))
    sed -n 's/^test result: [^.]*\. /    /p' "$log"
    echo "    $((SECONDS - started)) s, log in $log"
    if [ "$status" != 0 ] && [ ! -s "$folder/failures" ]; then
        failed=yes
        echo "    ended with status $status, though no test failed"
    fi
    if [ -n "$new" ]; then failed=yes; printf '    fails, not known to: %s\n' $new; fi
    if [ -n "$mended" ]; then failed=yes; printf '    passes, but is in tests/known_failures.txt: %s\n' $mended; fi
done
[ -z "$failed" ]

#!/usr/bin/env bash
# Runs the compiled cover under the sanitizers for memory (ASan) and undefined behaviour (UBSan), which end a run at the
# first fault.
#
#   scripts/sanitize.sh tests            the tests of the look-up, on the kernel compiled by gcc with sanitizers
#   scripts/sanitize.sh fuzz [SECONDS]   each harness of tests/fuzz for so long (60), guided by coverage; needs clang
#
# What fuzzing found worth keeping, and any input that fails, stays in build/fuzz/NAME.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$PWD/.venv/bin/python
exact=(-std=c11 -O1 -g -ffp-contract=off -Wall -Wextra)
checks=(-fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer)
kernel=(build.c check.c locate.c orient.c wkb.c)

# A copy of the sources with a kernel of its own, so that the program's stays as it is.
run_tests() {
    local tree=build/sanitized entry include
    rm -rf "$tree"
    mkdir -p "$tree"
    for entry in *; do [ "$entry" = build ] || ln -s "../../$entry" "$tree/$entry"; done
    for entry in geo wangge tests bench; do
        rm "$tree/$entry"
        cp -a "$entry" "$tree/$entry"
    done
    rm -f "$tree"/geo/cover/_cover*.so
    include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    (cd "$tree/geo/cover" && gcc -shared -fPIC "${exact[@]}" "${checks[@]}" -DPy_LIMITED_API=0x030B0000 "-I$include" \
        module.c "${kernel[@]}" -o _cover.abi3.so)
    cd "$tree"
    export LD_PRELOAD ASAN_OPTIONS=detect_leaks=0:halt_on_error=1 PYTHONMALLOC=malloc
    LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
    "$python" -c 'import sys, wangge.geo.cover._cover as it; sys.exit(0 if "sanitized" in it.__file__ else it.__file__)'
    "$python" -m pytest -q -p no:cacheprovider tests/geo/test_index.py tests/geo/test_wkb.py \
        tests/geo/test_cover*.py "$@"
}

run_fuzz() {
    local seconds=${1:-60} name home
    command -v clang >/dev/null || { echo "clang is missing (Debian: clang libclang-rt-14-dev)" >&2; exit 1; }
    mkdir -p build/fuzz
    "$python" -m tests.fuzz.seeds build/fuzz/seeds
    for name in load build wkb; do
        home=build/fuzz/$name
        mkdir -p "$home/corpus" "build/fuzz/seeds/$name"
        (cd geo/cover && clang "${exact[@]}" "${checks[@]}" -fsanitize=fuzzer -I. "../../tests/fuzz/$name.c" "${kernel[@]}" \
            -lm -o "../../$home/fuzz")
        "$home/fuzz" -max_total_time="$seconds" -timeout=10 -max_len=16384 -artifact_prefix="$home/" \
            -print_final_stats=1 "$home/corpus" "build/fuzz/seeds/$name"
    done
}

case ${1:-} in
    tests) run_tests "${@:2}" ;;
    fuzz) run_fuzz "${@:2}" ;;
    *)
        echo "usage: scripts/sanitize.sh tests|fuzz [SECONDS]" >&2
        exit 1
        ;;
esac

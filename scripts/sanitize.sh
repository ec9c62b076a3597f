#!/usr/bin/env bash
# Runs the compiled kernels, cover, columns and scan, under the sanitizers for memory (ASan) and undefined behaviour (UBSan), which end a run at the
# first fault.
#
#   scripts/sanitize.sh tests            the tests of them, on kernels compiled by gcc with sanitizers
#   scripts/sanitize.sh fuzz [SECONDS]   each harness of tests/fuzz for so long (60), guided by coverage; needs clang
#
# What fuzzing found worth keeping, and any input that fails, stays in build/fuzz/NAME.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$PWD/.venv/bin/python
exact=(-std=gnu11 -O1 -g -ffp-contract=off -Wall -Wextra)
checks=(-fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer)
cover=(build.c check.c locate.c orient.c wkb.c)
columns=(check.c count.c filter.c sums.c)
scan=(scan.c)

# A copy of the sources with a kernel of its own, so that the program's stays as it is.
run_tests() {
    local tree=build/sanitized entry include
    rm -rf "$tree"
    mkdir -p "$tree"
    for entry in *; do [ "$entry" = build ] || ln -s "../../$entry" "$tree/$entry"; done
    for entry in geo patterns wangge tests bench; do
        rm "$tree/$entry"
        cp -a "$entry" "$tree/$entry"
    done
    rm -f "$tree"/geo/cover/_cover*.so "$tree"/patterns/columns/_columns*.so "$tree"/patterns/statistics/scan/_scan*.so
    include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    local built=(gcc -shared -fPIC "${exact[@]}" "${checks[@]}" -DPy_LIMITED_API=0x030B0000 "-I$include" module.c)
    (cd "$tree/geo/cover" && "${built[@]}" "${cover[@]}" -o _cover.abi3.so)
    (cd "$tree/patterns/columns" && "${built[@]}" asking.c "${columns[@]}" -o _columns.abi3.so)
    (cd "$tree/patterns/statistics/scan" && "${built[@]}" "${scan[@]}" -lm -o _scan.abi3.so)
    cd "$tree"
    export LD_PRELOAD ASAN_OPTIONS=detect_leaks=0:halt_on_error=1 PYTHONMALLOC=malloc
    LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
    local module
    for module in geo.cover._cover patterns.columns._columns patterns.statistics.scan._scan; do
        "$python" -c "import sys, wangge.$module as it; sys.exit(0 if 'sanitized' in it.__file__ else it.__file__)"
    done
    "$python" -m pytest -q -p no:cacheprovider tests/geo/test_index.py tests/geo/test_wkb.py \
        tests/geo/test_cover*.py tests/patterns/test_columns.py tests/patterns/test_scan.py "$@"
    echo "the columns without AVX2"
    (cd patterns/columns && unset LD_PRELOAD && "${built[@]}" -DNARROW asking.c "${columns[@]}" -o _columns.abi3.so)
    "$python" -m pytest -q -p no:cacheprovider tests/patterns/test_columns.py
}

run_fuzz() {
    local seconds=${1:-60} name home room
    command -v clang >/dev/null || { echo "clang is missing (Debian: clang libclang-rt-14-dev)" >&2; exit 1; }
    mkdir -p build/fuzz
    "$python" -m tests.fuzz.seeds build/fuzz/seeds
    for name in load build wkb columns; do
        room=geo/cover
        local -n sources=cover
        if [ "$name" = columns ]; then
            room=patterns/columns
            local -n sources=columns
        fi
        home=build/fuzz/$name
        mkdir -p "$home/corpus" "build/fuzz/seeds/$name"
        (cd "$room" && clang "${exact[@]}" "${checks[@]}" -fsanitize=fuzzer -I. "../../tests/fuzz/$name.c" "${sources[@]}" \
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

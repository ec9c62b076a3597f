#!/usr/bin/env bash
# Runs the tests, in more than one way. The environment must be there (scripts/setup.sh test).
#
#   scripts/tests.sh quick      the tests but those that take long; the browser's in a process beside the others, for they
#                               wait most of their time
#   scripts/tests.sh long       those that take long: programs that are killed, a year that is played, a contract that is drawn
#   scripts/tests.sh all        every test
#   scripts/tests.sh coverage   the same, measured; fails below the floor in pyproject.toml
#   scripts/tests.sh matrix     every test on each Python, 3.11 and newer, that is found on this machine
#   scripts/tests.sh lowest     every test with the lowest versions that pyproject.toml claims
#
# After matrix and lowest, arguments for pytest run some of the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pythons=(3.11 3.12 3.13 3.14)

say() { printf '\033[2m[tests]\033[0m %s\n' "$*"; }

find_uv() { if uv --version >/dev/null 2>&1; then echo uv; else echo .wangge/tools/bin/uv; fi; }

share_out=(--ignore=tests/web --numprocesses=auto --maxprocesses=8 --dist=loadfile --no-loadscope-reorder --durations=20)

# run_all pytest...: both processes to their end; what the browser's said comes last.
run_all() {
    local said others=0 browser=0 job
    said=$(mktemp)
    "$@" tests/web >"$said" 2>&1 &
    job=$!
    nice "$@" "${share_out[@]}" || others=$?
    wait "$job" || browser=$?
    say "in the browser:"
    cat "$said"
    rm -f "$said"
    [ "$others" = 0 ] && [ "$browser" = 0 ]
}

# run_in environment [argument...]: all tests with the programs of an environment, or those that the arguments name.
run_in() {
    local environment=$1
    shift
    if [ $# -gt 0 ]; then "$environment/bin/pytest" "$@"; else run_all "$environment/bin/pytest"; fi
}

measure_coverage() {
    mkdir -p .wangge/coverage
    .venv/bin/coverage erase
    run_all .venv/bin/coverage run -m pytest
    .venv/bin/coverage combine --quiet
    .venv/bin/coverage report
}

# The first that runs: one that UV_PYTHON names, one on PATH, one of pyenv's.
find_python() {
    local version=$1 candidate
    for candidate in ${UV_PYTHON:-} "python$version" "$HOME/.pyenv/versions/$version".*/bin/python3; do
        if [ "$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ]; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
}

run_matrix() {
    local version python uv failed=()
    uv=$(find_uv)
    for version in "${pythons[@]}"; do
        python=$(find_python "$version")
        if [ -z "$python" ]; then
            say "Python $version: none found here"
            continue
        fi
        say "Python $version: $python"
        UV_PROJECT_ENVIRONMENT=.wangge/matrix/$version VIRTUAL_ENV='' \
            "$uv" sync --frozen --quiet --python "$python"
        run_in ".wangge/matrix/$version" "$@" || failed+=("$version")
    done
    [ ${#failed[@]} = 0 ] || { say "failed on Python ${failed[*]}"; return 1; }
}

run_lowest() {
    local environment=.wangge/lowest uv
    uv=$(find_uv)
    "$uv" venv --quiet --clear --python .venv/bin/python "$environment"
    "$uv" pip install --quiet --python "$environment/bin/python" --resolution lowest-direct --group dev --editable .
    run_in "$environment" "$@"
}

case ${1:-} in
    quick) run_all .venv/bin/pytest -m "not long" ;;
    long) run_all .venv/bin/pytest -m long ;;
    all) run_all .venv/bin/pytest ;;
    coverage) measure_coverage ;;
    matrix) run_matrix "${@:2}" ;;
    lowest) run_lowest "${@:2}" ;;
    *)
        echo "usage: scripts/tests.sh quick|long|all|coverage|matrix|lowest" >&2
        exit 1
        ;;
esac

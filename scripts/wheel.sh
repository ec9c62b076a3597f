#!/usr/bin/env bash
# Builds the source archive and from it the wheel, installs that in an environment of its own, far from the sources, and puts a point into its cell.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$PWD/.venv/bin/python
boundaries=$PWD/data/boundaries/xinhua
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

uv=$(command -v uv || echo "$PWD/.wangge/tools/bin/uv")

rm -rf build dist
"$python" -m build --outdir dist . >"$work/log" 2>&1 || {
    tail -n 30 "$work/log" >&2
    exit 1
}
wheel=$(ls "$PWD"/dist/wangge-*.whl)
case $wheel in
    *-cp311-abi3-*) ;;
    *) echo "$wheel serves one version of Python only" >&2 && exit 1 ;;
esac

# The versions of the lock file, which are in uv's cache already.
"$uv" export --quiet --frozen --no-dev --no-emit-project --output-file "$work/requirements.txt" >/dev/null
"$uv" venv --quiet --python "$python" "$work/venv"
VIRTUAL_ENV=$work/venv "$uv" pip install --quiet --no-deps --requirement "$work/requirements.txt"
VIRTUAL_ENV=$work/venv "$uv" pip install --quiet --no-deps "$wheel"
packages=$("$work/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

# One name: whatever else takes the names of our rooms, in the environment or in the folder that one works in, may come
# and go.
top=$("$python" -m zipfile --list "$wheel" | awk 'NR > 1 { split($1, part, "/"); print part[1] }' | sort -u)
[ "$(grep -v '\.dist-info$' <<<"$top")" = wangge ] || { echo "the wheel brings more than one name:" $top >&2 && exit 1; }
neighbours=(geo store web.py)
VIRTUAL_ENV=$work/venv "$uv" pip install --quiet --no-deps "${neighbours[@]}"

mkdir -p "$work/notebooks/data"
cd "$work/notebooks"
echo 'raise ImportError("a notebook of somebody")' | tee geo.py >store.py
printf 'lon,lat\n116.87,38.32\n' >points.csv
locates() {
    "$work/venv/bin/wangge" locate points.csv --grid "$boundaries" | grep -q 130902 \
        || { echo "the installed wheel does not locate $1" >&2 && exit 1; }
}
locates "beside ${neighbours[*]}"
VIRTUAL_ENV=$work/venv "$uv" pip uninstall --quiet "${neighbours[@]}"
locates "after ${neighbours[*]} were taken away"

"$work/venv/bin/python" - "$packages" <<'END'
import pathlib, sys
import wangge.data.messages, wangge.geo.cover, wangge.patterns.columns.kernel, wangge.store.migrate, wangge.tilesets
from wangge import data, geo, patterns, store, tilesets
home = pathlib.Path(sys.argv[1])
for module in (geo.cover.kernel(), patterns.columns.kernel.kernel(), data.messages, tilesets, store.migrate):
    assert home in pathlib.Path(module.__file__).parents, module.__file__
for part in (
    "migrations/env.py", "migrations/versions/0001_the_house.py", "web/index.html", "data/messages/zh.toml",
    "data/boundaries/xinhua/manifest.toml", "geo/cover/cover.h", "patterns/columns/columns.h", "demo/synthesis/course.toml", "py.typed",
):
    assert (home / "wangge" / part).is_file(), part
assert list((home / "wangge/tilesets/sql").glob("*.sql"))
assert data.messages.text("kernel-missing", {}, "zh")[0]
assert store.migrate.head()
END
echo "$wheel installs and locates"

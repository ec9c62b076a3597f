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

cd "$work"
printf 'lon,lat\n116.87,38.32\n' >points.csv
"$work/venv/bin/python" -I - "$packages" <<'END'
import pathlib, sys
import geo.cover, migrations, store.migrate, api.messages, tilesets
home = pathlib.Path(sys.argv[1])
for module in (geo.cover.kernel(), api.messages, tilesets, store.migrate):
    assert home in pathlib.Path(module.__file__).parents, module.__file__
for part in (
    "migrations/env.py", "migrations/versions/0001_the_house.py", "web/index.html", "api/messages/zh.toml",
    "data/boundaries/xinhua/manifest.toml", "geo/cover/cover.h",
):
    assert (home / part).is_file(), part
assert list((home / "tilesets/sql").glob("*.sql"))
assert api.messages.text("kernel-missing", {}, "zh")[0]
assert store.migrate.head()
END
"$work/venv/bin/wangge" locate points.csv --grid "$boundaries" | grep -q 130902 \
    || { echo "the installed wheel does not locate" >&2 && exit 1; }
echo "$wheel installs and locates"

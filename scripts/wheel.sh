#!/usr/bin/env bash
# Builds the wheel, installs it in an environment of its own, far from the sources, and puts a point into its cell.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$PWD/.venv/bin/python
boundaries=$PWD/data/boundaries/xinhua
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rm -rf dist build
# With the build tools that are installed already: nothing is fetched.
"$python" -m build --wheel --no-isolation --outdir dist . >"$work/log" 2>&1 || {
    tail -n 30 "$work/log" >&2
    exit 1
}
wheel=$(ls dist/wangge-*.whl)
case $wheel in
    *-cp311-abi3-*) ;;
    *) echo "$wheel serves one version of Python only" >&2 && exit 1 ;;
esac

"$python" -m venv --without-pip "$work/venv"
packages=$("$work/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$python" -m zipfile -e "$wheel" "$packages"
# What it depends on comes from our own environment, without the editable install of the sources.
"$python" - "$packages" <<'END'
import sys, sysconfig, pathlib
ours = pathlib.Path(sysconfig.get_path("purelib"))
for each in ours.iterdir():
    target = pathlib.Path(sys.argv[1]) / each.name
    if not each.name.startswith(("__editable__", "wangge")) and not each.name.endswith(".pth") and not target.exists():
        target.symlink_to(each)
END

cd "$work"
printf 'lon,lat\n116.87,38.32\n' >points.csv
WANGGE_HOME=$work/home PYTHONNOUSERSITE=1 "$work/venv/bin/python" -I - "$packages" <<'END'
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
"$work/venv/bin/python" -I -c 'from api.cli import main; main()' locate points.csv --grid "$boundaries" | grep -q 130902 \
    || { echo "the installed wheel does not locate" >&2 && exit 1; }
echo "$wheel installs and locates"

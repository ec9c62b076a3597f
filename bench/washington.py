"""What is found in Washington's real requests, before and after repeats and sessions are made one; draws the findings.

    python -m bench.washington [--picture docs/pictures/washington.svg]

The file's times end in "+00:00" and are local ones. There are two fragments, 2015-09-11 to 10-11 and 2016-07-08 to
08-16; nobody knows who reported. Households of the 296 Single Member Districts are those of the
census' block groups of 2010, shared out by area (bench/washington_households.csv).
"""

import argparse
import csv
import gzip
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely

import wangge
from wangge.data import DATA
from wangge.patterns.findings.evidence import Gathered, Ground, ground_of
from wangge.patterns.findings.judging import Finding, Judgement, judge
from wangge.patterns.statistics.merging import UNKNOWN, Filed

HERE = Path(__file__).parent
LOOKS = (date(2015, 10, 9), date(2016, 8, 10))


def requests() -> list[dict[str, str]]:
    with gzip.open(DATA / "reports" / "washington_2015_2016.csv.gz", "rt", encoding="utf-8") as file:
        return sorted(csv.DictReader(file), key=lambda row: row["ADDDATE"])


def gathered(rows: list[dict[str, str]], grid: Any, ground: Ground, last: date, merged: bool) -> Gathered:
    """The requests of ninety days up to a day; where none are to be made one, everybody is known and differs."""
    begin = last - timedelta(days=89)
    rows = [row for row in rows if begin <= date.fromisoformat(row["ADDDATE"][:10]) <= last]
    lon, lat = (np.array([float(row[name]) for row in rows]) for name in ("LONGITUDE", "LATITUDE"))
    cell = grid.locate_many(lon, lat).position
    inside = cell >= 0
    rows = [row for row, one in zip(rows, inside, strict=True) if one]
    lon, lat, cell = lon[inside], lat[inside], cell[inside]
    codes = sorted({row["SERVICECODE"] for row in rows})
    at = np.array([datetime.fromisoformat(row["ADDDATE"]).timestamp() for row in rows])
    age = np.array([(last - date.fromisoformat(row["ADDDATE"][:10])).days for row in rows])
    category = np.array([codes.index(row["SERVICECODE"]) for row in rows])
    flat = shapely.get_coordinates(ground.plane.to_metres(shapely.points(lon, lat)))
    reporter = np.full(len(rows), UNKNOWN) if merged else np.arange(len(rows))
    filed = Filed(flat[:, 0], flat[:, 1], at, category, reporter)
    none = np.zeros(len(rows), bool)
    return Gathered(last, codes, np.arange(len(rows)), cell.astype(np.int64), age, category, none, filed)


def households(grid: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    with (HERE / "washington_households.csv").open(encoding="utf-8") as file:
        told = {row["SMD_ID"]: float(row["households"]) for row in csv.DictReader(file)}
    return np.array([told[leaf.code] for leaf in grid.leaves])


def tell(finding: Finding, grid: Any, last: date, names: dict[str, str]) -> str:
    first = last - timedelta(days=finding.first_age)
    gap = "" if finding.gap_s is None else f", median gap {finding.gap_s / 60:.1f} min"
    return (
        f"{names[finding.category]}: {finding.observed} of {finding.expected:.1f} expected, "
        f"{grid.leaves[finding.centre].code} and {len(finding.cells) - 1} cells, {first} to {last}, "
        f"p {finding.p:.2g}, {len(finding.cases)} reports{gap}"
    )


def picture(path: Path, grid: Any, found: list[Finding], names: dict[str, str]) -> None:
    """The cells, those of findings in a colour each."""
    colours = ["#d1495b", "#00798c", "#edae49", "#66478f", "#2e7d32", "#8d5524"]
    of = {int(i): k for k, one in reversed(list(enumerate(found))) for i in one.cells}
    west, south, east, north = grid.bbox
    wide = 560.0
    scale = wide / (east - west)
    high = (north - south) * scale / np.cos(np.radians((south + north) / 2))

    def place(xy: Any) -> Any:
        return np.column_stack([(xy[:, 0] - west) * scale, (north - xy[:, 1]) / (north - south) * high])

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide + 330:.0f} {high:.0f}" font-family="sans-serif">'
    ]
    parts.append('<rect width="100%" height="100%" fill="#ffffff"/><g stroke="#9aa5b1" stroke-width="0.5">')
    for i, leaf in enumerate(grid.leaves):
        path_of = ""
        for polygon in shapely.get_parts(shapely.transform(shapely.simplify(leaf.geometry, 2e-4), place)):
            ring = shapely.get_coordinates(polygon.exterior)
            path_of += "M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in ring) + "Z"
        fill = colours[of[i] % len(colours)] if i in of else "#eef1f4"
        parts.append(f'<path d="{path_of}" fill="{fill}"><title>{leaf.code}</title></path>')
    parts.append("</g>")
    for k, one in enumerate(found):
        y = 40 + 46 * k
        parts.append(f'<rect x="{wide + 10}" y="{y - 13}" width="16" height="16" fill="{colours[k % len(colours)]}"/>')
        parts.append(f'<text x="{wide + 34}" y="{y}" font-size="14">{names[one.category]}</text>')
        text = f"{one.observed} of {one.expected:.1f} expected, {one.first_age + 1} days"
        parts.append(f'<text x="{wide + 34}" y="{y + 17}" font-size="12" fill="#52606d">{text}</text>')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    grid = wangge.grid_of(wangge.read_boundaries(DATA / "boundaries" / "washington"))
    plain = ground_of(grid)
    ground = Ground(plain.zones, plain.neighbours, households(grid), plain.plane)
    rows = requests()
    names = {row["SERVICECODE"]: row["SERVICECODEDESCRIPTION"].strip() for row in rows}
    for last in LOOKS:
        for merged in (False, True):
            judged: Judgement = judge(gathered(rows, grid, ground, last, merged), ground, seed=1)
            lately = [one for one in judged.findings if one.kind == "lately"]
            kinds = Counter(one.kind for one in judged.findings)
            label = "sessions" if merged else "reports as they are"
            print(
                f"\n{last}, {label}: {kinds['lately']} lately, {kinds['where']} where, {judged.tests} tests", flush=True
            )
            for one in lately:
                print("  " + tell(one, grid, last, names), flush=True)
            if merged:
                sure = [one for one in judged.findings if one.kind == "where"]
                for one in sorted(sure, key=lambda one: one.p)[:4]:
                    print("  where: " + tell(one, grid, last, names), flush=True)
        if given.picture and last == LOOKS[-1]:
            picture(given.picture, grid, lately, names)


if __name__ == "__main__":
    main()

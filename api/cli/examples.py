"""The example cities, loaded by the same commands that a city uses: each step is left out where it has been made."""

import asyncio
import csv
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray

from wangge.api.cli.assets import declare as declare_kinds
from wangge.api.cli.assets import import_assets
from wangge.api.cli.attributes import declare, import_values
from wangge.api.cli.members import import_members
from wangge.api.cli.organisations import apply, import_organisations
from wangge.api.cli.reports import import_reports
from wangge.api.cli.roster import import_roster
from wangge.api.cli.rules import import_rules
from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.progress import shown
from wangge.data import DATA
from wangge.demo.absence import send_on_leave
from wangge.demo.courses import count_reports, read_year
from wangge.demo.lamps import name_lamps
from wangge.demo.playing import count_played, play
from wangge.demo.rains import let_it_rain
from wangge.duty.desks import publish
from wangge.geo.backdrop.kinds import BackdropKind
from wangge.geo.backdrop.reading import read_features
from wangge.geo.boundaries import read_boundaries
from wangge.geo.overlays.reading import read_areas
from wangge.reports.assets.kinds import read_kinds
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.reports.evidence.pictures import Pictures
from wangge.reports.policy.policies import give_policy
from wangge.store.engine import connect, connect_async, create_pool
from wangge.store.grids.backdrops import neighbourhood, put_backdrop
from wangge.store.grids.editions import import_edition
from wangge.store.grids.loading import load_grid, published
from wangge.store.grids.overlays import put_overlay
from wangge.store.settings import Settings

__all__ = ["COUNTRY", "COURSES", "SYNTHETIC", "TERRITORIES", "YEAR", "load_examples"]

BOUNDARIES, REPORTS = DATA / "boundaries", DATA / "reports"
TERRITORIES = ("xinhua", "washington", "taipei", "hejian")

SYNTHETIC, COUNTRY = "xinhua", "hejian"
"""The territories whose years of cases are played, by people who are invented: a town, and one of villages."""

RURAL = "130902200"
"""The township of Xinhua; what lies in the other streets is town."""

WASHINGTON = [
    "lon=LONGITUDE",
    "lat=LATITUDE",
    "category=SERVICECODE",
    "description=SERVICECODEDESCRIPTION",
    "occurred_at=ADDDATE",
    "external_id=SERVICEREQUESTID",
    "due_at=SERVICEDUEDATE",
    "closed_at=RESOLUTIONDATE",
    "outcome=SERVICEORDERSTATUS",
]
OUTCOMES = [
    "CLOSED - INCOMPLETE INFORMATION=closed",
    "DUPLICATE (OPENED)=refused",
    "DUPLICATE (CLOSED)=refused",
]

BACKDROP: tuple[tuple[BackdropKind, str, list[str]], ...] = (
    (BackdropKind.STREET, "main_roads.geojson", ["street", "quadrant"]),
    (BackdropKind.RAILWAY, "metro_lines.geojson", []),
    (BackdropKind.STATION, "metro_stations.geojson", ["name"]),
)
"""Of Washington: a base map can be had, but not by everybody who tries the demo."""
CREDIT = {"source": "City of Washington, DC", "licence": "CC BY 4.0"}

OVERLAYS, ATTRIBUTES, ASSETS = DATA / "overlays", DATA / "attributes", DATA / "assets"

YEAR, COURSES = REPORTS / "xinhua_2025.csv.gz", REPORTS / "xinhua_2025_courses.csv.gz"
YEARS = {SYNTHETIC: (YEAR, COURSES), COUNTRY: (REPORTS / "hejian_2025.csv.gz", REPORTS / "hejian_2025_courses.csv.gz")}

INTERRUPTED = 130

THERE = """
SELECT EXISTS (SELECT FROM officer WHERE territory_code = %(territory)s),
       EXISTS (SELECT FROM organisation WHERE territory_code = %(territory)s AND type = 'village-collective'),
       EXISTS (SELECT FROM organisation WHERE territory_code = %(territory)s AND type = 'department'),
       EXISTS (SELECT FROM routing_rules WHERE territory_code = %(territory)s),
       EXISTS (SELECT FROM joint_member WHERE territory_code = %(territory)s)
"""

COMMUNITIES = (
    "SELECT code FROM desk WHERE territory_code = %(territory)s AND level = %(level)s AND active ORDER BY code"
)

HAS_BACKDROP = "SELECT EXISTS (SELECT FROM backdrop WHERE territory_code = %s)"

HAS_OVERLAYS = "SELECT EXISTS (SELECT FROM overlay WHERE territory_code = %s)"

HAS_ATTRIBUTES = "SELECT EXISTS (SELECT FROM attribute_value WHERE territory_code = %s AND day = %s)"

HAS_ASSETS = "SELECT EXISTS (SELECT FROM asset WHERE territory_code = %s)"

HAS_REPORTS = "SELECT EXISTS (SELECT FROM report WHERE territory_code = %s)"


def load_examples(url: str, day: date | None = None) -> None:
    """Load what is not there yet; whatever was interrupted goes on.

    Parameters
    ----------
    day : on which the years that are played end; today when left out.
    """
    for territory in TERRITORIES:
        _publish(url, territory)
    _furnish(url, SYNTHETIC, "community", lambda code: code.startswith(RURAL))
    _furnish(url, COUNTRY, "village", _villages().__contains__)
    for folder in sorted(ASSETS.iterdir()):
        _equip(url, folder)
    for territory in YEARS:
        _play(url, territory, day)
        _open(url, territory, day)
    _draw_backdrop(url)
    for folder in sorted(OVERLAYS.iterdir()):
        _lay_over(url, folder)
    for folder in sorted(ATTRIBUTES.iterdir()):
        _fill_in(url, folder)
    with connect(url) as connection:
        row = connection.execute(HAS_REPORTS, ("washington",)).fetchone()
    if row == (False,):
        name = "washington_2015_2016.csv.gz"
        rejects = Settings().home / f"{name}.rejects.csv"
        import_reports(REPORTS / name, "washington", WASHINGTON, OUTCOMES, ignore_offsets=True, rejects=rejects)


def _draw_backdrop(url: str) -> None:
    """Give Washington its streets and its metro."""
    with connect(url, autocommit=True) as connection:
        if connection.execute(HAS_BACKDROP, ("washington",)).fetchone() == (True,):
            return
        near = neighbourhood(connection, "washington")
        for kind, file, names in BACKDROP:
            features = read_features(DATA / "backdrops" / "washington" / file, kind, near, name_fields=names)
            put_backdrop(connection, "washington", kind, features, **CREDIT)


def _lay_over(url: str, folder: Path) -> None:
    """Give a territory, which its folder is named by, the areas of its other departments."""
    territory = folder.name
    with connect(url, autocommit=True) as connection:
        if connection.execute(HAS_OVERLAYS, (territory,)).fetchone() == (True,):
            return
        near = neighbourhood(connection, territory)
        document = tomllib.loads((folder / "overlays.toml").read_text("utf-8"))
        told: dict[str, Any] = {key: document[key] for key in ("valid_from", "source", "licence")}
        for one in document["overlays"]:
            read = read_areas(folder / one["file"], near, code_field=one["code"], name_fields=one["label"])
            put_overlay(connection, territory, one["key"], read.areas, name=one["name"], **told)


def _equip(url: str, folder: Path) -> None:
    """Give a territory, which its folder is named by, its things with numbers; whose plate is asked for no more."""
    territory = folder.name
    with connect(url) as connection:
        if connection.execute(HAS_ASSETS, (territory,)).fetchone() == (True,):
            return
        all_of = categories_for(BOUNDARIES / territory)
        about = {category for kind in read_kinds(folder / "assets.toml") for category in kind.categories}
        asked = tuple(replace(one, questions=()) if one.code in about else one for one in all_of.entries)
        put_categories(connection, territory, replace(all_of, entries=asked))
    declare_kinds(territory, folder / "assets.toml")
    for file in sorted(folder.glob("*.csv")):
        import_assets(territory, file, file.stem, rejects=Settings().home / f"{file.name}.rejects.csv")


def _lamps(territory: str) -> tuple[list[str], NDArray[np.float64]] | None:
    """Number and place of each lamp of a territory; None where there are none."""
    file = ASSETS / territory / "lamp.csv"
    if not file.exists():
        return None
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [row["number"] for row in rows], np.array([(float(row["lon"]), float(row["lat"])) for row in rows])


def _fill_in(url: str, folder: Path) -> None:
    """Give the villages of a territory, which its folder is named by, the values of each day that has a sheet."""
    territory = folder.name
    declare(folder / "attributes.toml", territory)
    for sheet in sorted(folder.glob("*.csv")):
        day = datetime.fromisoformat(sheet.stem)
        with connect(url) as connection:
            row = connection.execute(HAS_ATTRIBUTES, (territory, day.date())).fetchone()
        if row == (False,):
            import_values(sheet, territory, day, "village", part=True)


def _publish(url: str, territory: str) -> None:
    """Publish a territory with its categories and limits."""
    with connect(url) as connection:
        if territory in published(connection):
            return
        console.out.print(console.word("serving", "loading", territory=territory))
        folder = BOUNDARIES / territory
        edition = import_edition(connection, read_boundaries(folder))
        put_categories(connection, territory, categories_for(folder))
        give_policy(connection, territory, folder)
        publish(connection, territory, edition.label)


def _villages() -> frozenset[str]:
    """The villages of the country, which its figures are of; its other communities are town."""
    with min((ATTRIBUTES / COUNTRY).glob("*.csv")).open(encoding="utf-8", newline="") as file:
        return frozenset(row["code"] for row in csv.DictReader(file))


def _furnish(url: str, territory: str, level: str, rural: Callable[[str], bool]) -> None:
    """Give a territory its officers, organisations and rules.

    Parameters
    ----------
    level : whose cells have the six parties; `rural` says of a code whether they are those of the country.
    """
    folder = BOUNDARIES / territory
    with connect(url) as connection:
        row = connection.execute(THERE, {"territory": territory}).fetchone()
        cells = connection.execute(COMMUNITIES, {"territory": territory, "level": level}).fetchall()
    officers, parties, bodies, rules, members = row or (False,) * 5
    leave, joint = folder / "leave.csv", folder / "members.csv"
    if not officers:
        import_roster(territory, folder / "roster.csv", leave if leave.exists() else None)
    if not parties:
        communities = [code for (code,) in cells]
        apply("urban", territory, level=level, cell=[code for code in communities if not rural(code)])
        apply("rural", territory, level=level, cell=[code for code in communities if rural(code)])
    if not bodies:
        import_organisations(folder / "organisations.toml", territory)
    if not rules:
        import_rules(folder / "rules.toml", territory)
    if not members and joint.exists():
        import_members(joint, territory)


def _play(url: str, territory: str, day: date | None) -> None:
    """Play the year of a territory, as far as it has not been, and look where its problems cluster."""
    reports, courses = YEARS[territory]
    with connect(url) as connection:
        if count_played(connection, territory) >= count_reports(reports):
            return
        grid = load_grid(connection, territory)
    year, lamps = read_year(reports, courses), _lamps(territory)
    if lamps is not None:
        year = name_lamps(year, *lamps)

    from wangge.patterns.findings.nightly import due, look  # loads SciPy, for the one run that plays

    async def run(advance: Callable[[float, str], None]) -> int:
        async with await connect_async(url) as connection:
            cases = await play(connection, grid, year, day, advance)
            if (looked := await due(connection, grid)) is not None:  # as every night from now on
                await look(connection, grid, looked)
            return cases

    with shown(territory) as advance:
        try:
            cases = asyncio.run(run(advance))
        except KeyboardInterrupt:
            console.tell("demo-interrupted")
            raise typer.Exit(INTERRUPTED) from None
    console.tell("demo-played", territory=territory, cases=cases)


def _open(url: str, territory: str, day: date | None) -> None:
    """What makes a day of the year that was played: somebody is on leave, a campaign runs, what is open has photos."""
    with connect(url) as connection:
        grid = load_grid(connection, territory)

    from wangge.demo.photographs import photograph  # loads Pillow, for the one run that draws

    async def run() -> None:
        settings = Settings()
        async with await connect_async(url) as connection, create_pool(url, settings) as pool:
            await send_on_leave(connection, grid, day or datetime.now(grid.timezone).date())
            if territory == SYNTHETIC:
                await let_it_rain(connection, grid)
            await photograph(pool, Pictures(settings.home, settings.photo_store), grid)

    asyncio.run(run())

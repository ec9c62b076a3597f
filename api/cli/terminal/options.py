"""Options of the commands that read a file of records."""

from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pyarrow as pa
import typer

from wangge.geo.datum import Datum
from wangge.geo.files.reading import READABLE
from wangge.reports.bulk.columns.times import times
from wangge.store.engine import connect
from wangge.store.grids.loading import check_territory
from wangge.store.migrated import ready_database
from wangge.store.settings import Settings

__all__ = [
    "DatumOption",
    "Delimiter",
    "Encoding",
    "IgnoreOffsets",
    "InFile",
    "InForm",
    "LayerOption",
    "TerritoryOption",
    "ZoneOption",
    "database_of",
    "mapping_of",
    "moment_of",
    "zone_of",
]


def _datum(text: str) -> Datum:
    """A datum, however it is spelt."""
    try:
        return Datum(text)
    except ValueError:
        raise typer.BadParameter(", ".join(Datum)) from None


InFile = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, help="CSV, NDJSON, GeoJSON, Parquet or a vector file; .gz as well."),
]
DatumOption = Annotated[
    Datum,
    typer.Option(metavar="|".join(Datum), parser=_datum, help="Datum of the coordinates, where no column says it."),
]
InForm = Annotated[
    str | None,
    typer.Option("--format", metavar="|".join(READABLE), help="Form of the file; by default its name says."),
]
Delimiter = Annotated[str | None, typer.Option(help=r"Of a CSV; \t for a tab.")]
Encoding = Annotated[
    str | None,
    typer.Option(help="Of a CSV, JSON or Shapefile, such as gb18030; by default UTF-8, or what the file says."),
]
LayerOption = Annotated[str | None, typer.Option("--layer", help="Of a file that has several, such as a GeoPackage.")]
ZoneOption = Annotated[
    str | None,
    typer.Option("--zone", metavar="ZONE", help="Time zone of times that name none; by default the territory's."),
]
IgnoreOffsets = Annotated[
    bool, typer.Option("--ignore-offsets", help="What zone the times name is wrong: they are local times.")
]
TerritoryOption = Annotated[str, typer.Option("--territory", "-t", help="Code of the territory.")]


def database_of(territory: str) -> str:
    """URL of the database, which has this territory. Raises UnknownTerritory."""
    url = ready_database(Settings())
    with connect(url) as connection:
        check_territory(connection, territory)
    return url


def mapping_of(entries: list[str] | None) -> dict[str, str]:
    """Columns by field, from FIELD=COLUMN entries."""
    return dict(_pair(entry) for entry in entries or [])


def _pair(entry: str) -> tuple[str, str]:
    field, parted, column = entry.partition("=")
    if not parted or not field or not column:
        raise typer.BadParameter(f"{entry!r} is not FIELD=COLUMN", param_hint="--map")
    return field.strip(), column.strip()


def zone_of(name: str | None) -> ZoneInfo | None:
    """A time zone by its IANA name."""
    if name is None:
        return None
    known = available_timezones()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise typer.BadParameter(f"{name!r}: {near[0] if near else 'Asia/Shanghai'}?", param_hint="--zone")
    return ZoneInfo(name)


def moment_of(text: str | None, zone: ZoneInfo, option: str) -> datetime | None:
    """A time as it is given: in the territory's time zone, unless it names another."""
    if text is None:
        return None
    value = times(pa.array([text]), zone).values[0]
    if np.isnat(value):
        raise typer.BadParameter(f"{text!r} is not a time such as 2026-01-31 or 2026-01-31T08:30", param_hint=option)
    moment: datetime = value.astype(datetime)
    return moment.replace(tzinfo=UTC)

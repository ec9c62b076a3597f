"""`wangge sheet`: a planner's page in one file."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from wangge.access.scope import whole
from wangge.api.cli.terminal import console
from wangge.data.languages import Language
from wangge.reports.errors import UnknownCategory
from wangge.store.engine import connect_async, snapshot
from wangge.store.postgres.cluster import database_url
from wangge.store.settings import Settings
from wangge.tilesets import Drawing, HeatFilter

__all__ = ["sheet"]

DAY = "%Y-%m-%d"


def sheet(
    territory: Annotated[str, typer.Argument(help="Code of the territory.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.", dir_okay=False)],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=[DAY], help="First day, in the territory's time zone.")
    ] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=[DAY], help="Last day, included.")] = None,
    category: Annotated[str | None, typer.Option(help="Count only this category (its code).")] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of the page.")] = None,
) -> None:
    """Write a map of one HTML file: counts by base grid, density, legend. It opens without a network."""
    page = asyncio.run(_drawn(territory, since, until, category, lang or console.language()))
    output.write_text(page, encoding="utf-8")
    typer.echo(output)


async def _drawn(
    territory: str, since: datetime | None, until: datetime | None, category: str | None, language: Language
) -> str:
    from wangge.tilesets.sheet import (  # folium is slow to import, and no other command needs it
        category_names,
        draw_sheet,
    )

    url = await asyncio.to_thread(database_url, Settings())
    async with await connect_async(url) as connection, snapshot(connection):
        drawing = await Drawing.of(connection, territory)
        known = await category_names(connection, territory)
        if category is not None and category not in known:
            raise UnknownCategory(category=category, known=list(known))
        zone = ZoneInfo(drawing.timezone)
        wanted = HeatFilter(category, _midnight(since, zone), _midnight(until, zone, days=1))
        return await draw_sheet(connection, drawing, wanted, whole(territory), language)


def _midnight(day: datetime | None, zone: ZoneInfo, days: int = 0) -> datetime | None:
    return (day + timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC) if day else None

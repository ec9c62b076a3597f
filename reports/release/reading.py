"""Reads what was published: the releases of a territory, and the counts of a cell in one of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from wangge.geo.errors import WanggeError
from wangge.reports.release import queries
from wangge.reports.release.periods import About, Period, PeriodKind, parse_period
from wangge.store.engine import AsyncConnection, named_rows

__all__ = [
    "Asked",
    "NotReleased",
    "Release",
    "published_figures",
    "published_totals",
    "release_as_answer",
    "release_for",
    "releases_of",
]


class NotReleased(WanggeError):
    """Nothing was published of a period: it is not over, or nothing was there yet. Facts: `period`, `known`."""

    kind = "not-released"


@dataclass(frozen=True, slots=True)
class Release:
    """What was published of a period.

    Attributes
    ----------
    step : its counts are multiples of it; 0 stands for none and for too few.
    edition, levels : label of the edition whose cells it tells of, and the keys of its levels from the top.
    finest : depth of the finest cells that it tells of, by what is counted; 0 is the whole territory.
    tells : whether any count in it is more than 0.
    """

    id: int
    territory: str
    period: Period
    step: int
    edition_id: int
    edition: str
    levels: tuple[str, ...]
    finest: dict[str, int]
    tells: bool

    def finest_of(self, about: About) -> int | None:
        """Depth of the finest cells that it tells the counts of, None where it tells none."""
        return self.finest.get(about.value)

    def level_of(self, about: About) -> str | None:
        """Key of the level of those cells; None for the whole territory, or nothing."""
        depth = self.finest_of(about)
        return self.levels[depth - 1] if depth else None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which reports are to be counted: all, those of a category, or those of a group."""

    category: str | None = None
    group: str | None = None

    @property
    def about(self) -> About:
        """What is counted."""
        if self.category is not None:
            return About.CATEGORY
        return About.ALL if self.group is None else About.GROUP

    @property
    def value(self) -> str:
        """Code of the category or the group; empty for all."""
        return self.category if self.category is not None else self.group or ""


async def releases_of(connection: AsyncConnection, territory: str) -> list[Release]:
    """What was published of a territory, the newest first; where two end on the same day, the shorter one first."""
    rows = await named_rows(connection, queries.RELEASES, {"territory": territory})
    return [
        Release(
            row.id,
            territory,
            parse_period(row.period),
            row.step,
            row.edition_id,
            row.edition,
            tuple(row.levels),
            row.finest,
            row.tells,
        )
        for row in rows
    ]


async def release_for(
    connection: AsyncConnection,
    territory: str,
    zone: ZoneInfo,
    *,
    period: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Release | None:
    """The release of a period, by its name or by when it begins and ends; the newest month that tells anything
    when none is asked for.

    None while nothing was published and nothing in particular is asked for.

    Raises
    ------
    NotReleased
    """
    known = await releases_of(connection, territory)
    if period is None and since is None and until is None:
        months = (one for one in known if one.period.kind is PeriodKind.MONTH and one.tells)
        return next(months, known[0] if known else None)
    for one in known:
        if one.period.name == period or (period is None and one.period.instants(zone) == (since, until)):
            return one
    named = period or " – ".join(at.isoformat() if at else "…" for at in (since, until))
    raise NotReleased(period=named, known=[one.period.name for one in known[:6]])


async def published_figures(
    connection: AsyncConnection, release: Release | None, asked: Asked, place: tuple[str, str] | None
) -> dict[str, Any]:
    """The published counts of a cell, given by its level and code, or of the whole territory, as an answer tells them.

    `reports` is None where the release does not tell of so small a place.
    """
    empty: dict[str, Any] = {"reports": None, "by_category": [], "by_group": [], "by_state": [], "by_month": []}
    if release is None:
        return empty | {"release": None}
    told = {"release": release_as_answer(release)}
    if place is not None and place[0] not in release.levels:
        return empty | told
    depth = release.levels.index(place[0]) + 1 if place else 0
    where = {"release": release.id, "depth": depth, "code": place[1] if place else ""}
    rows = await (await connection.execute(queries.COUNTS_OF_CELL, where)).fetchall()
    counts = {(about, value): count for about, value, count in rows}

    def tells(about: About) -> bool:
        finest = release.finest_of(about)
        return finest is not None and depth <= finest

    def by(about: About) -> list[dict[str, Any]]:
        found = [(value, count) for (kind, value), count in counts.items() if kind == about.value]
        narrowed = asked.about is not About.ALL
        ordered = sorted(found, key=lambda pair: (-pair[1], pair[0]))
        return [] if narrowed else [{about.value: value, "count": count} for value, count in ordered]

    series = {"territory": release.territory, "edition": release.edition_id}
    series |= {"about": asked.about.value, "value": asked.value}
    months = await (await connection.execute(queries.MONTHS_OF_CELL, series | where)).fetchall()
    return {
        "reports": counts.get((asked.about.value, asked.value), 0) if tells(asked.about) else None,
        "by_category": by(About.CATEGORY),
        "by_group": by(About.GROUP),
        "by_state": [],
        "by_month": [{"month": month, "count": count} for month, count in months],
        **told,
    }


async def published_totals(connection: AsyncConnection, territories: Collection[str]) -> dict[str, tuple[int, date]]:
    """What was published of whole territories: the sum of their months, and the last day of the newest of them."""
    rows = await (await connection.execute(queries.TOTALS, {"territories": list(territories)})).fetchall()
    return {territory: (count, newest) for territory, count, newest in rows}


def release_as_answer(release: Release) -> dict[str, Any]:
    """A release as answers tell it; `to` is its last day."""
    period = release.period
    return {
        "period": period.name,
        "kind": period.kind.value,
        "from": period.since,
        "to": date.fromordinal(period.until.toordinal() - 1),
        "step": release.step,
        "edition": release.edition,
        "finest": {about.value: release.level_of(about) for about in About if release.finest_of(about) is not None},
    }

"""The collections of cells: those of a level, and the base grids of a draft."""

from collections.abc import Callable, Mapping
from functools import partial
from weakref import WeakKeyDictionary

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.api.ogc import queries
from wangge.api.ogc.collection import Asked, Collection, Order, by_id
from wangge.api.ogc.properties import Kind, Property
from wangge.data.languages import spoken
from wangge.geo.grid import Grid
from wangge.planning.attributes import sheet
from wangge.planning.drafts.cells import FIXED
from wangge.planning.drafts.drafts import Draft, find_draft
from wangge.store.engine import first_value

__all__ = ["CELLS", "DRAFT", "cells", "draft_cells", "known_as", "plans"]

CELLS = "cells-"


async def cells(asked: Asked, level: str) -> Collection:
    """The cells of a level, of the edition that was valid last in the time that is asked for; else the current one."""
    grid, edition = asked.grid, asked.grid.edition_id
    if asked.until is not None:
        day = asked.until.astimezone(grid.timezone).date()
        edition = await first_value(
            asked.connection, queries.EDITION_AT, {"territory": grid.territory, "day": day}
        )  # None has no cells
    attributes = _attributes(grid, level)
    properties = (
        Property("code", Kind.TEXT, "c.code", ordered=True, known_as=known_as(grid, level)),
        Property("name", Kind.TEXT, "c.name", ordered=True),
        Property("level", Kind.TEXT, "e.levels -> c.level::integer ->> 'key'", asked=False),
        Property("parent", Kind.TEXT, "c.path[c.level]", known_as=known_as(grid, _above(grid, level))),
        *((Property("purpose", Kind.TEXT, "c.purpose"),) if level == grid.levels[-1].key else ()),
        Property("area_m2", Kind.NUMBER, queries.AREA, ordered=True),
        Property("edition", Kind.TEXT, "e.label", asked=False),
        Property("valid_from", Kind.DAY, "e.valid_from", asked=False),
        Property("valid_to", Kind.DAY, "e.valid_to", asked=False),
        Property("synthetic", Kind.FLAG, "e.synthetic", asked=False),
        *(_attribute(kind, name, at) for at, (name, kind) in enumerate(attributes.items())),
    )
    named = next(spoken(one.name, asked.language, one.key) for one in grid.levels if one.key == level)
    return Collection(
        CELLS + level,
        *asked.titled("cells", level=named),
        properties=properties,
        source=queries.CELLS,
        where=queries.CELLS_OF_LEVEL,
        values={"edition": edition, "level": level} | {f"attribute_{at}": name for at, name in enumerate(attributes)},
        geometry="c.geom",
        order=(Order("c.code", Kind.TEXT),),
        one=lambda name: ("c.code = %(one)s", {"one": grid.code_of(name, level)}),
        id_of=lambda row: row["code"],
        simplified=queries.SIMPLIFIED,
        during="true",  # which edition it is of was asked before
    )


def known_as(grid: Grid, level: str | None = None) -> Callable[[str], str]:
    """How a code of a cell is known here, of a level or of any, in whichever form it is told."""
    return partial(grid.code_of, level=level)


def _above(grid: Grid, level: str) -> str | None:
    keys = [one.key for one in grid.levels]
    at = keys.index(level)
    return keys[at - 1] if at else None


_KNOWN: WeakKeyDictionary[Grid, dict[str, Mapping[str, Kind]]] = WeakKeyDictionary()


def _attributes(grid: Grid, level: str) -> Mapping[str, Kind]:
    """What else is told of the cells of a level, in the order of its name; found once for each edition."""
    known = _KNOWN.setdefault(grid, {})
    if level not in known:
        known[level] = _found(grid, level)
    return known[level]


def _found(grid: Grid, level: str) -> Mapping[str, Kind]:
    kinds: dict[str, set[bool]] = {}
    for cell in grid.cells:
        if cell.level == level:
            for name, value in cell.attributes.items():
                if value is not None:
                    kinds.setdefault(name, set()).add(isinstance(value, int | float) and not isinstance(value, bool))
    fixed = {"id", "code", "name", "level", "parent", "area_m2", "edition", "valid_from", "valid_to", "synthetic"}
    fixed |= {"purpose"} if level == grid.levels[-1].key else set()
    return {name: Kind.NUMBER if kinds[name] == {True} else Kind.TEXT for name in sorted(kinds.keys() - fixed)}


def _attribute(kind: Kind, name: str, at: int) -> Property:
    return Property(name, kind, (queries.NUMBER_OF if kind is Kind.NUMBER else queries.TEXT_OF).format(at=at))


DRAFT = "draft-"
_DRAWN: WeakKeyDictionary[Grid, dict[int, Mapping[str, Kind]]] = WeakKeyDictionary()


def plans(asker: Person, territory: str) -> bool:
    """Whether somebody draws the grid of a territory: all of it, for a draft has no part that is one's own."""
    return asker.may(Right.PLAN, territory) and asker.scope(territory, Right.PLAN).whole


async def _drawn(asked: Asked, draft: Draft) -> Mapping[str, Kind]:
    """The attributes of the edition that a draft was begun from, which no other edition published since takes away."""
    known = _DRAWN.setdefault(asked.grid, {})
    if draft.edition_id not in known:
        of = {"edition": draft.edition_id, "most": sheet.MOST}
        rows = await (await asked.connection.execute(queries.ATTRIBUTES_DRAWN, of)).fetchall()
        known[draft.edition_id] = {name: Kind.NUMBER if number else Kind.TEXT for name, number in rows}
    return known[draft.edition_id]


async def draft_cells(asked: Asked, label: str) -> Collection:
    """The base grids of a draft, for those who plan; it is written to."""
    grid = asked.grid
    if not plans(asked.asker, grid.territory):
        raise asked.asker.refusal(Right.PLAN, grid.territory)
    draft = await find_draft(asked.connection, grid.territory, label)
    level = draft.levels[-1]
    own = {*FIXED, "id", "area_m2", "version", "changed_by", "changed_at"}
    attributes = {name: kind for name, kind in (await _drawn(asked, draft)).items() if name not in own}
    return Collection(
        DRAFT + draft.label,
        *asked.titled("draft", label=draft.label, level=spoken(level["name"], asked.language, level["key"])),
        properties=(
            Property("id", Kind.COUNT, "c.id", told=False),
            Property("code", Kind.TEXT, "c.code", ordered=True),
            Property("name", Kind.TEXT, "c.name", ordered=True),
            Property("parent", Kind.TEXT, "c.parent", known_as=known_as(grid, _above(grid, grid.levels[-1].key))),
            Property("purpose", Kind.TEXT, "c.purpose"),
            *(_attribute(kind, name, at) for at, (name, kind) in enumerate(attributes.items())),
            Property("area_m2", Kind.NUMBER, queries.DRAFT_AREA, read_only=True),
            Property("version", Kind.COUNT, "c.version", read_only=True),
            Property("changed_by", Kind.TEXT, "c.changed_by", read_only=True),
            Property("changed_at", Kind.TIME, "c.changed_at", read_only=True),
        ),
        source=queries.DRAFT_CELLS,
        where="c.draft_id = %(draft)s",
        values={"draft": draft.id} | {f"attribute_{at}": name for at, name in enumerate(attributes)},
        geometry="c.geom",
        order=(Order("c.code", Kind.TEXT),),
        one=lambda name: by_id("c.id", name),
        id_of=lambda row: row.pop("id"),
        writes=("post", "put", "patch", "delete"),
    )

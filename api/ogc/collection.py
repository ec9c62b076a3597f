"""What a collection is: its properties, the SQL that its features are read by, and who it is made for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wangge.access.person import Person
from wangge.api.ogc.properties import Kind, Property
from wangge.data import messages
from wangge.data.languages import Language
from wangge.geo.errors import WanggeError
from wangge.geo.grid import Grid
from wangge.store.engine import AsyncConnection

__all__ = ["Asked", "Collection", "Order", "UnknownCollection", "UnknownFeature", "by_id"]


class UnknownCollection(WanggeError):
    """The territory has no such collection. Facts: `collection`, `known`."""

    kind = "unknown-collection"


class UnknownFeature(WanggeError):
    """The collection has no such feature, or none that one may see. Facts: `collection`, `feature`."""

    kind = "unknown-feature"


@dataclass(frozen=True, slots=True)
class Order:
    """One of the expressions by which features are put in order."""

    sql: str
    kind: Kind
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection.

    Attributes
    ----------
    source, where, values : FROM, and the condition of WHERE, with their parameters: what of it the asker sees.
    geometry, srid : SQL of the geometry, and what it is stored in.
    shape : `point`, `polygon` or `any`.
    order : by what its features are found again; together never the same for two.
    one : SQL that holds for the feature with an id, with its parameters; None where nothing can be called so.
    id_of : the id of a feature, by its properties, those that are not told among them.
    told : changes the properties before they are told.
    during : SQL that holds for what falls into `since` to `until`; None where features have no time.
    counted : whether it is cheap to count.
    drawn : whether there are tiles of it.
    writes : methods by which features are made and changed; one that is replaced has a `version`.
    simplified : SQL of what a tile in Web Mercator shows of a feature; null where that is the geometry itself.
    """

    id: str
    title: str
    description: str
    properties: tuple[Property, ...]
    source: str
    where: str
    order: tuple[Order, ...]
    one: Callable[[str], tuple[str, dict[str, Any]] | None]
    id_of: Callable[[dict[str, Any]], Any]
    values: Mapping[str, Any] = field(default_factory=dict)
    geometry: str = "geom"
    srid: int = 4326
    shape: str = "polygon"
    during: str | None = None
    counted: bool = True
    drawn: bool = True
    simplified: str | None = None
    writes: tuple[str, ...] = ()
    told: Callable[[dict[str, Any]], None] | None = None

    @property
    def queryables(self) -> tuple[Property, ...]:
        """What it can be filtered by."""
        return tuple(one for one in self.properties if one.asked and one.told)

    @property
    def sortables(self) -> tuple[Property, ...]:
        """What it can be put in order by."""
        return tuple(one for one in self.properties if one.ordered)


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom and of when a collection is."""

    connection: AsyncConnection
    grid: Grid
    asker: Person
    language: Language
    until: datetime | None

    def titled(self, name: str, **facts: Any) -> tuple[str, str]:
        """Title and description of a collection."""
        title = messages.word("ogc", f"{name}-title", self.language, **facts)
        return title, messages.word("ogc", name, self.language, **facts)


def by_id(sql: str, name: str) -> tuple[str, dict[str, Any]] | None:
    """SQL that holds for the feature with a number as its id; None where nothing can be called so."""
    if not (name.isascii() and name.isdecimal() and len(name) < 19):
        return None
    return f"{sql} = %(one)s", {"one": int(name)}

"""Territories, their editions and the cells of each edition; the record of what was changed in administering."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = [
    "BackdropFeatureRow",
    "BackdropRow",
    "CellRow",
    "CellShapeRow",
    "ChangeRow",
    "EditionRow",
    "OverlayAreaRow",
    "OverlayEditionRow",
    "OverlayRow",
    "PlaceListRow",
    "PlaceNameRow",
    "TerritoryRow",
]

TIMESTAMP = DateTime(timezone=True)


class TerritoryRow(Base):
    """A city or district that runs its own grid; `name` maps a language to its name."""

    __tablename__ = "territory"
    __table_args__ = (CheckConstraint("code ~ '^[a-z0-9][a-z0-9_-]{0,62}$'", name="code"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    timezone: Mapped[str] = mapped_column(Text)
    current_edition_id: Mapped[int | None] = mapped_column(
        Integer, ForeignKey("edition.id", use_alter=True, name="fk_territory_current_edition_id_edition")
    )


class EditionRow(Base):
    """One immutable set of cells of a territory. `levels` lists {key, name} from the top."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("territory_code", "label"),)

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"))
    label: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    synthetic: Mapped[bool]
    hash: Mapped[str] = mapped_column(Text)
    levels: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    accepted_defects: Mapped[str | None] = mapped_column(Text)
    defects: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    repairs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    imported_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    published_at: Mapped[datetime | None] = mapped_column(TIMESTAMP)


class CellRow(Base):
    """One polygon of an edition. `path` holds the codes from the top down to the cell, so path[level + 1] = code.

    `purpose` says what a special grid is for (geo/purposes.py); an ordinary base grid has none.
    """

    __tablename__ = "cell"
    __table_args__ = (
        UniqueConstraint("edition_id", "level", "code"),
        UniqueConstraint("edition_id", "id"),
        CheckConstraint("cardinality(path) = level + 1 AND path[level + 1] = code", name="path"),
        CheckConstraint("(level = 0) = (parent_id IS NULL)", name="parent"),
        CheckConstraint("purpose ~ '^[a-z]{1,30}$'", name="purpose"),
        Index("ix_cell_geom", "geom", postgresql_using="gist"),
        Index("ix_cell_path", "path", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    edition_id: Mapped[int] = mapped_column(Integer, ForeignKey("edition.id"))
    level: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("cell.id"))
    path: Mapped[list[str]] = mapped_column(ARRAY(Text))
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    area_m2: Mapped[float] = mapped_column(Double)
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", 4326, spatial_index=False))
    label: Mapped[WKBElement] = mapped_column(Geometry("POINT", 4326, spatial_index=False))
    purpose: Mapped[str | None] = mapped_column(Text)


class CellShapeRow(Base):
    """What a map draws of a cell at a zoom and the one before, in Web Mercator; without one, the cell as it is."""

    __tablename__ = "cell_shape"

    cell_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cell.id"), primary_key=True)
    zoom: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", 3857, spatial_index=False))


class ChangeRow(Base):
    """Something was changed in administering (store/changes.py). Appended only.

    `territory_code` is null for what concerns every territory. `before` and `after` are null where there is nothing.
    """

    __tablename__ = "administrative_change"
    __table_args__ = (
        Index("ix_administrative_change_territory_code_id", "territory_code", "id"),
        CheckConstraint("num_nonnulls(before, after) > 0", name="changed"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    territory_code: Mapped[str | None] = mapped_column(Text, ForeignKey("territory.code"))
    actor: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    item: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class BackdropRow(Base):
    """Where the features of one kind come from that are drawn under a territory's grid."""

    __tablename__ = "backdrop"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    features: Mapped[int] = mapped_column(Integer)
    imported_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())


class PlaceListRow(Base):
    """Where a territory's list of places comes from, such as its addresses."""

    __tablename__ = "place_list"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    places: Mapped[int] = mapped_column(Integer)
    imported_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())


class PlaceNameRow(Base):
    """A name by which a place is found: of a list, or of a backdrop's features, once for all that are called so.

    `spelt` are the letters that it is typed by (pinyin, initials); `folded` and `grams`, the letters and pairs of
    letters of both, are made by the database.
    """

    __tablename__ = "place_name"
    __table_args__ = (
        Index("ix_place_name_grams", "grams", postgresql_using="gin"),
        Index(
            "ix_place_name_folded", "territory_code", "folded", postgresql_ops={"folded": "text_pattern_ops"}
        ),  # what begins with some letters
        Index("ix_place_name_spelt", "territory_code", "spelt", postgresql_ops={"spelt": "text_pattern_ops"}),
        Index("ix_place_name_shortest", "territory_code", text("length(folded)"), "folded"),
    )

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    spelt: Mapped[str] = mapped_column(Text, server_default=text("''"))
    lon: Mapped[float] = mapped_column(Double)
    lat: Mapped[float] = mapped_column(Double)
    west: Mapped[float] = mapped_column(Double)
    south: Mapped[float] = mapped_column(Double)
    east: Mapped[float] = mapped_column(Double)
    north: Mapped[float] = mapped_column(Double)
    folded: Mapped[str] = mapped_column(Text, Computed("words_folded(name)", persisted=True))
    grams: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), Computed("place_grams(((name || ' '::text) || spelt))", persisted=True)
    )


class BackdropFeatureRow(Base):
    """One street, park or station of a backdrop, in Web Mercator, drawn from `minzoom` on."""

    __tablename__ = "backdrop_feature"
    __table_args__ = (
        ForeignKeyConstraint(
            ["territory_code", "kind"], ["backdrop.territory_code", "backdrop.kind"], ondelete="CASCADE"
        ),
        Index("ix_backdrop_feature_geom", "geom", postgresql_using="gist"),
        Index("ix_backdrop_feature_kind", "territory_code", "kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    minzoom: Mapped[int] = mapped_column(SmallInteger)
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", 3857, spatial_index=False))


class OverlayRow(Base):
    """What another department's areas are called; `name` maps a language to it."""

    __tablename__ = "overlay"
    __table_args__ = (CheckConstraint("key ~ '^[a-z][a-z0-9_]{0,30}$'", name="key"),)

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)


class OverlayEditionRow(Base):
    """The areas of an overlay from a day on, until those of the next; its households as `Kept` writes them."""

    __tablename__ = "overlay_edition"
    __table_args__ = (
        ForeignKeyConstraint(["territory_code", "key"], ["overlay.territory_code", "overlay.key"], ondelete="CASCADE"),
        UniqueConstraint("territory_code", "key", "valid_from"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    territory_code: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    imported_at: Mapped[datetime] = mapped_column(TIMESTAMP, server_default=func.now())
    households: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class OverlayAreaRow(Base):
    """One area of an edition of an overlay. Of areas that cover one point, the one with the lowest code has it."""

    __tablename__ = "overlay_area"
    __table_args__ = (Index("ix_overlay_area_geom", "geom", postgresql_using="gist"),)

    edition_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("overlay_edition.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", 4326, spatial_index=False))

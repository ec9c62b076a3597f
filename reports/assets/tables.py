"""Kinds of assets, the categories whose reports are about them, and the assets themselves."""

from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wangge.store.base import Base

__all__ = ["AssetKindCategoryRow", "AssetKindRow", "AssetRow"]

KIND = ["asset_kind.territory_code", "asset_kind.code"]


class AssetKindRow(Base):
    """A kind of asset that a territory numbers, such as lamps."""

    __tablename__ = "asset_kind"

    territory_code: Mapped[str] = mapped_column(Text, ForeignKey("territory.code"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    position: Mapped[int] = mapped_column(Integer, server_default="0")
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class AssetKindCategoryRow(Base):
    """That reports of a category may be about assets of a kind."""

    __tablename__ = "asset_kind_category"
    __table_args__ = (
        ForeignKeyConstraint(["territory_code", "kind"], KIND, ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["territory_code", "category"], ["category.territory_code", "category.code"], ondelete="CASCADE"
        ),
    )

    territory_code: Mapped[str] = mapped_column(Text, primary_key=True)
    category: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)


class AssetRow(Base):
    """One asset. A number names one thing in a territory, of whatever kind; small and capital letters are the same.

    `geom` is its place in WGS-84, inside the territory when it was imported. `attributes` are texts by their names.
    """

    __tablename__ = "asset"
    __table_args__ = (
        ForeignKeyConstraint(["territory_code", "kind"], KIND),
        Index("uq_asset_territory_code_lower", "territory_code", text("lower(number)"), unique=True),
        Index("ix_asset_territory_code_kind_number", "territory_code", "kind", "number"),
        Index("ix_asset_geom", "geom", postgresql_using="gist"),
    )

    territory_code: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, server_default="")
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    geom: Mapped[WKBElement] = mapped_column(Geometry("POINT", 4326, spatial_index=False))

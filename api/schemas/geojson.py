"""GeoJSON (RFC 7946) as the description of the API names it; its inside is for readers that know it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["GeoJson", "ReportCollection"]


class GeoJson(BaseModel):
    """A feature or a collection of features, with links and facts beside."""

    model_config = ConfigDict(extra="allow")
    type: Literal["Feature", "FeatureCollection"]


class ReportCollection(BaseModel):
    """Points whose properties are a report's fields."""

    type: Literal["FeatureCollection"]
    features: list[Any]

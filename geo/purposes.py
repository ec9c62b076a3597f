"""What special grids (专属网格) are for: base grids drawn for one park, campus or market, with their own officers."""

from enum import StrEnum

__all__ = ["ORDINARY", "SPECIAL", "Purpose"]


class Purpose(StrEnum):
    """What a special grid is for. A base grid without a purpose is an ordinary one."""

    PARK = "park"
    CAMPUS = "campus"
    HOSPITAL = "hospital"
    MARKET = "market"
    BUSINESS = "business"
    INDUSTRIAL = "industrial"
    LOGISTICS = "logistics"
    STATION = "station"
    SCENIC = "scenic"
    CONSTRUCTION = "construction"
    OTHER = "other"


ORDINARY, SPECIAL = "ordinary", "special"
"""The two kinds of base grids, by which they are asked for besides a purpose."""

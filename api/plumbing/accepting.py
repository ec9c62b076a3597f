"""The form of an answer that the reader likes best (RFC 9110, section 12.5.1): Accept with its weights."""

import re
from collections.abc import Sequence
from typing import Literal

from fastapi import Request

__all__ = ["GEOJSON", "JSON", "best_form", "json_or_geojson"]

JSON = "application/json"
GEOJSON = "application/geo+json"

_RANGE = re.compile(r"\s*([!#$%&'*+.^_`|~\w-]+)/([!#$%&'*+.^_`|~\w-]+)\s*((?:;[^;]*)*)")
_WEIGHT = re.compile(r";\s*[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?=;|$)")


def best_form(accepted: str | None, offered: Sequence[str]) -> str:
    """The media type of those offered that an `Accept` likes best; the first of equals, and where none is acceptable.

    The most exact range that names a type counts for it: `text/csv` before `text/*` before `*/*`. Parameters of a type
    but its weight, and what is not well-formed, are passed over.
    """
    weights: dict[str, float] = {}
    for item in (accepted or "").split(","):
        if found := _RANGE.fullmatch(item):
            weight = _WEIGHT.search(found[3])
            if weight or not re.search(r";\s*[qQ]\s*=", found[3]):
                weights.setdefault(f"{found[1]}/{found[2]}".lower(), float(weight[1]) if weight else 1.0)

    def liked(media: str) -> float:
        ranges = (media, media.partition("/")[0] + "/*", "*/*")
        return next((weights[each] for each in ranges if each in weights), 0.0)

    return max(offered, key=liked)


def json_or_geojson(request: Request, f: Literal["json", "geojson"] | None) -> str:
    """The form that is asked for by name, or else by Accept: JSON or GeoJSON."""
    return {"json": JSON, "geojson": GEOJSON}[f] if f else best_form(request.headers.get("accept"), (JSON, GEOJSON))

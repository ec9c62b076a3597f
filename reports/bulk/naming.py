"""The assets that the reports of a batch name: as they are kept; reports that name what cannot be fall."""

import numpy as np
import pyarrow as pa

from wangge.reports.assets.naming import Named, assets_named
from wangge.reports.bulk.columns.parsing import Drafts
from wangge.reports.bulk.columns.sieve import Sieve
from wangge.reports.bulk.columns.values import nulls
from wangge.reports.bulk.placing import Places
from wangge.store.engine import AsyncConnection

__all__ = ["name_assets"]


async def name_assets(
    connection: AsyncConnection, territory: str, drafts: Drafts, places: Places, sieve: Sieve
) -> None:
    """Put the numbers of assets into drafts as they are kept. What stood in a database comes back as it was."""
    rows: list[int] = np.flatnonzero(~nulls(drafts.asset) & sieve.standing).tolist()
    if not rows or drafts.standing is not None:
        return
    kept = drafts.asset.to_pylist()
    named = [
        Named(kept[row], drafts.category[row].as_py(), float(places.lon[row]), float(places.lat[row])) for row in rows
    ]
    for row, one, found in zip(rows, named, await assets_named(connection, territory, named), strict=True):
        if isinstance(found, str):
            kept[row] = found
        else:
            sieve.refuse(row, "asset", one.number, found)
    drafts.asset = pa.array(kept, pa.string())

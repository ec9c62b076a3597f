"""How cases begin that come in bulk: at the desks of their base grids, with the clock of registering running."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from wangge.duty.routing import likelier_cell
from wangge.geo.grid import Cell, Grid
from wangge.reports.bulk import queries
from wangge.reports.bulk.columns.parsing import Drafts
from wangge.reports.bulk.placing import Places
from wangge.reports.case.lifecycle import FIRST_STEP
from wangge.reports.policy.policies import load_policy
from wangge.reports.policy.policy import Policy, Urgency
from wangge.store.engine import AsyncConnection

__all__ = ["CARRIED", "Opening", "open_cases"]

UTC_TIME = pa.timestamp("us", "UTC")
CARRIED = ("desk_id", "level", "level_since", "elsewhere", "step", "due_at", "alarm_at")
"""Columns of a report that only a case has that somebody is to carry."""

JSONB = b"\x01"
"""What the binary form of a jsonb begins with."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What new cases are opened by; `desks` maps the code of a base grid to the id of its desk."""

    grid: Grid
    policy: Policy
    desks: Mapping[str, int]

    def columns(self, drafts: Drafts, places: Places, rows: NDArray[np.int64]) -> tuple[dict[str, pa.Array], pa.Array]:
        """Columns of the reports, and the facts of their assignments, for the n cases in `rows` of the drafts."""
        level = self.grid.levels[-1].key

        @cache
        def clock(kind: str, urgency: str, at: datetime, manned: bool) -> tuple[datetime | None, datetime | None]:
            pressing = Urgency(urgency)
            due = self.policy.due(FIRST_STEP, kind, pressing, at)
            held, since = (level, at) if manned else (None, None)
            alarm = self.policy.alarm_at(FIRST_STEP, kind, pressing, due=due, level=held, level_since=since)
            return due, alarm

        times = [at.replace(tzinfo=UTC) for at in drafts.received_at[rows].astype("datetime64[us]").tolist()]
        kinds, urgencies = drafts.category.take(pa.array(rows)).to_pylist(), drafts.urgency[rows].tolist()
        cells = [self.grid.leaves[leaf] for leaf in places.position[rows].tolist()]
        likelier = [
            likelier_cell(cell, places.candidates.get(row, ())) for cell, row in zip(cells, rows.tolist(), strict=True)
        ]
        desks = [self.desks.get(cell.code) for cell, _ in likelier]
        manned = [desk is not None for desk in desks]
        clocks = [clock(*asked) for asked in zip(kinds, urgencies, times, manned, strict=True)]
        columns = {
            "desk_id": pa.array(desks, pa.int64()),
            "level": pa.array([level if there else None for there in manned], pa.string()),
            "level_since": pa.array([at if there else None for at, there in zip(times, manned, strict=True)], UTC_TIME),
            "elsewhere": pa.array(
                [there and holder is not cell for there, (holder, _), cell in zip(manned, likelier, cells, strict=True)]
            ),
            "step": pa.array([FIRST_STEP.value] * len(times), pa.string()),
            "due_at": pa.array([due for due, _ in clocks], UTC_TIME),
            "alarm_at": pa.array([alarm for _, alarm in clocks], UTC_TIME),
        }
        told = zip(kinds, urgencies, cells, desks, clocks, likelier, strict=True)
        facts = [
            self._facts(cell, others, category=kind, urgency=urgency, desk=desk, due_at=due)
            for kind, urgency, cell, desk, (due, _), (_, others) in told
        ]
        return {name: columns[name] for name in CARRIED}, pa.array(facts, pa.binary())

    def _facts(self, cell: Cell, others: Sequence[str], **facts: Any) -> bytes:
        facts |= {"step": FIRST_STEP, "cell": cell.code, "edition": self.grid.edition}
        facts["level"] = self.grid.levels[-1].key if facts["desk"] is not None else None
        return JSONB + orjson.dumps(facts | ({"others": others} if others else {}))


async def open_cases(connection: AsyncConnection, grid: Grid) -> Opening:
    """What new cases of a territory are opened by."""
    policy = await load_policy(connection, grid.territory)
    where = {"territory": grid.territory, "level": grid.levels[-1].key}
    return Opening(grid, policy, dict(await (await connection.execute(queries.DESKS_OF_LEVEL, where)).fetchall()))

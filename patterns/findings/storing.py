"""Keeps findings: what was found before goes on under its number, what is new begins, and is an event of the feed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from wangge.access.scope import whole
from wangge.geo.grid import Grid
from wangge.patterns.findings import queries
from wangge.patterns.findings.evidence import Gathered
from wangge.patterns.findings.judging import Finding, Judgement
from wangge.patterns.findings.telling import as_answer, findings_of
from wangge.reports.feed.appending import FIND, append
from wangge.store.engine import AsyncConnection

__all__ = ["store"]

ACTOR = "wangge"


async def store(connection: AsyncConnection, grid: Grid, given: Gathered, judged: Judgement) -> list[int]:
    """Keep the findings of a look; the numbers of those that are new. The connection is in a transaction."""
    new = []
    for finding in judged.findings:
        values = _values(grid, given, judged, finding)
        row = await (await connection.execute(queries.SAME_FINDING, values)).fetchone()
        if row:
            values["id"] = row[0]
            await connection.execute(queries.UPDATE_FINDING, values)
            await connection.execute(queries.DROP_CASES, values)
        else:
            row = await (await connection.execute(queries.INSERT_FINDING, values)).fetchone()
            assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
            values["id"] = row[0]
            new.append(int(row[0]))
        await connection.execute(queries.PUT_CASES, values)
    for number in new:
        (row,) = await findings_of(connection, whole(grid.territory), id=number, limit=1)
        await append(connection, grid.territory, FIND, ACTOR, {"finding": as_answer(row)})
    return new


def _values(grid: Grid, given: Gathered, judged: Judgement, finding: Finding) -> dict[str, Any]:
    inside = given.filed.at[_positions(given, finding)]
    return {
        "territory": grid.territory,
        "edition": grid.edition_id,
        "kind": finding.kind,
        "against": finding.against,
        "patrols": finding.patrols,
        "category": finding.category,
        "first_day": given.last - timedelta(days=finding.first_age),
        "last_day": given.last,
        "day": given.last,
        "centre": grid.leaves[finding.centre].id,
        "cells": [grid.leaves[i].id for i in finding.cells],
        "observed": finding.observed,
        "expected": finding.expected,
        "p": finding.p,
        "tests": judged.tests,
        "reports": len(finding.cases),
        "reporters": finding.reporters,
        "unknown": finding.unknown,
        "gap_s": finding.gap_s,
        "cases": finding.cases.tolist(),
        "since": datetime.fromtimestamp(inside.min() - 1, UTC),
        "until": datetime.fromtimestamp(inside.max() + 1, UTC),
    }


def _positions(given: Gathered, finding: Finding) -> Any:
    return np.flatnonzero(np.isin(given.id, finding.cases))

"""The oddest closings among the cases that a question is about."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple

from wangge.reports.case.facts import BITS, Fact
from wangge.reports.categories.categories import photos_asked
from wangge.reports.figures import queries
from wangge.reports.figures.counting import Question, selected
from wangge.reports.figures.oddity import Closing, Odd, Picture, odd_closings
from wangge.store.engine import AsyncConnection

__all__ = ["MOST", "OddCase", "Ranking", "oddest"]

MOST = 50_000
"""So many closings are compared, the newest: some 300 MB, and seconds."""


class OddCase(NamedTuple):
    """An odd closing with its case as it stands now."""

    odd: Odd
    category: str
    state: str
    level: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """The oddest closings: of how many there are any reasons, among how many that were compared."""

    cases: list[OddCase]
    odd: int
    compared: int


async def oddest(connection: AsyncConnection, question: Question, limit: int) -> Ranking:
    """At most `limit` closings, the oddest first.

    Parameters
    ----------
    connection : in a transaction of one snapshot.
    """
    cases, parameters = selected(question)
    asked = parameters | {"closed": BITS[Fact.CLOSED], "limit": MOST}
    rows = await (await connection.execute(queries.CLOSINGS.replace("{cases}", cases), asked)).fetchall()
    these = {"ids": [row[0] for row in rows], "times": [row[1] for row in rows], "moment": question.moment}
    events = await _grouped(connection, queries.EVENTS_OF_CLOSINGS, these)
    pictures = await _grouped(connection, queries.PICTURES_OF_CLOSINGS, these)
    asked = await photos_asked(connection, question.scope.territory)
    closings = [_closing(row, events[row[0]], pictures[row[0]], shown=row[2] in asked) for row in rows]
    about = {row[0]: (*row[2:4], *row[8:]) for row in rows}
    # Thousands of closings take a second, in which others are to be answered.
    found = await asyncio.to_thread(odd_closings, [one for one in closings if one is not None])
    return Ranking([OddCase(odd, *about[odd.closing.id]) for odd in found[:limit]], len(found), len(rows))


async def _grouped(connection: AsyncConnection, query: str, these: dict[str, Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in await (await connection.execute(query, these)).fetchall():
        found[row[0]].append(row[1:])
    return found


def _closing(row: Any, events: list[Any], pictures: list[Any], *, shown: bool) -> Closing | None:
    """A case as its closing is judged; None where its history does not tell who closed it and when.

    Parameters
    ----------
    shown : its category asks for a photo, so that words are no evidence.
    """
    last = {move: (at, actor, note) for _, move, at, actor, note, _, _ in events}
    if "close" not in last:
        return None
    closed_at, closer, _ = last["close"]
    done_at, doer, note = last.get("report-back", (None, "", None))
    begun = last["dispatch"][0] if "dispatch" in last else None
    if begun == row[1] or (begun is not None and done_at == begun):  # found and seen to at once
        begun = None
    return Closing(
        id=row[0],
        received_at=row[1],
        lon=row[4],
        lat=row[5],
        accuracy_m=row[6],
        closed_at=closed_at,
        closer=closer,
        due_at=row[7],
        begun=begun,
        done_at=done_at,
        doer=doer,
        note=note or "",
        evidence=(not shown and any(given for *_, given, _ in events)) or any(photos for *_, photos in events),
        pictures=tuple(
            Picture(version > 1, likeness, bytes(digest), taken_at, lon, lat)
            for version, likeness, digest, taken_at, lon, lat in pictures
        ),
    )

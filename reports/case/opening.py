"""How a case begins: at the desk of its base grid, or at the next one above that is manned. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from wangge.duty.routing import Place
from wangge.reports.case.case import Case

__all__ = ["hand_over", "manned", "opening_facts", "place_above"]


def hand_over(
    case: Case, cells: Sequence[Place], place: Place | None, desks: Mapping[Place | None, int], now: datetime
) -> None:
    """Give a case to the desk of one of some cells, or to the centre's (None); without such, to the next above.

    Parameters
    ----------
    cells : from the top down.
    """
    place = manned(cells, place, desks)
    case.desk, case.level, case.level_since = desks.get(place), place[0] if place else None, now


def manned(cells: Sequence[Place], place: Place | None, desks: Mapping[Place | None, int]) -> Place | None:
    """The cell itself, or the next above it, that has a desk; None, for the centre, where there is no such cell."""
    upward = cells[cells.index(place) :: -1] if place in cells else ()
    return next((cell for cell in upward if cell in desks), None)


def place_above(cells: Sequence[Place], level: str | None) -> Place | None:
    """The cell above the one of a level; None, for the centre, above the top one."""
    position = next((i for i, (key, _) in enumerate(cells) if key == level), 0)
    return cells[position - 1] if position else None


def opening_facts(case: Case) -> dict[str, Any]:
    """What the event of the assignment tells."""
    return {
        "desk": case.desk,
        "level": case.level,
        "cell": case.cell,
        "edition": case.edition,
        "urgency": case.urgency,
        "category": case.category,
    }

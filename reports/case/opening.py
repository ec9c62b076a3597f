"""How a case begins: at the desk of its base grid, or at the next one above that is manned. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from duty.routing import Place
from reports.case.case import Case

__all__ = ["hand_over", "opening_facts"]


def hand_over(case: Case, place: Place | None, desks: Mapping[Place | None, int], now: datetime) -> None:
    """Give a case to the desk of one of its cells, or to the centre's (None); without such, to the next above."""
    upward = case.cells[case.cells.index(place) :: -1] if place in case.cells else ()
    place = next((cell for cell in upward if cell in desks), None)
    case.desk, case.level, case.level_since = desks.get(place), place[0] if place else None, now


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

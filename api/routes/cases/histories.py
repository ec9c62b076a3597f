"""A case as answers tell it: where it stands, what happened to it, who has a task in it, what may be done."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from wangge.data import messages
from wangge.reports.case.actions import Moved
from wangge.reports.case.case import Key
from wangge.reports.case.lifecycle import LIVE, Kind, TaskState
from wangge.reports.case.moves.carrying import Offer
from wangge.reports.number import format_number

__all__ = ["history", "standing"]


def standing(moved: Moved, language: messages.Language) -> dict[str, Any]:
    """Where a case stands, with the moves that are open to the asker."""
    case, place = moved.case, moved.place
    level, code = place or (None, "")
    holder = {"desk": case.desk, "level": level, "code": code, "since": case.level_since}
    return {
        "state_title": messages.word("states", case.state, language),
        "holder": holder if case.desk is not None else None,
        "parked_at": case.parked_at,
        "merged_into": _number(case.merged_into),
        "parent": _number(case.parent),
        "moves": [_offer(offer, language) for offer in moved.offers],
    }


def history(moved: Moved, events: Iterable[Any], tasks: Iterable[Any], language: messages.Language) -> dict[str, Any]:
    """The rest of what a single case shows."""
    told = [event._asdict() | {"title": messages.word("moves", event.move, language)} for event in events]
    now = moved.case.parked_at or datetime.now(UTC)  # the clock of a parked case stands still
    return standing(moved, language) | {"tasks": [_task(now, row) for row in tasks], "events": told}


def _offer(offer: Offer, language: messages.Language) -> dict[str, Any]:
    needs = [
        {
            "name": need.name,
            "kind": need.kind,
            "required": need.required or least > 0,
            "least": least,
        }
        for need in offer.move.needs
        for least in [offer.photos if need.kind is Kind.PHOTOS else 0]
    ]
    tasks = [task.id for task in offer.tasks]
    return {
        "move": offer.move.name,
        "title": messages.word("moves", offer.move.name, language),
        "needs": needs,
        "tasks": tasks,
    }


def _task(now: datetime, row: Any) -> dict[str, Any]:
    ends = row.reported_at if row.state == TaskState.REPORTED else now if row.state in LIVE else None
    party = {"level": row.desk_level, "code": row.desk_code, "name": row.desk_name}
    if row.organisation_id is not None:
        party = {"level": None, "code": row.organisation_code, "name": row.organisation_name}
    return {
        "id": row.id,
        "organisation": row.organisation_id,
        "desk": row.desk_id,
        "party": party,
        "state": row.state,
        "needed": row.needed,
        "dispatched_at": row.dispatched_at,
        "accepted_at": row.accepted_at,
        "due_at": row.due_at,
        "overdue": None not in (row.due_at, ends) and row.due_at < ends,
        "asked_until": row.asked_until,
        "reported_at": row.reported_at,
        "handler": row.handler,
        "note": row.note,
        "evidence": row.evidence,
    }


def _number(key: Key | None) -> str | None:
    return format_number(key[1], key[0]) if key is not None else None

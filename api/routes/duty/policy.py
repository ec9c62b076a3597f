"""By when: a territory's limits, and the days that it works."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field, StrictBool

from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.api.plumbing.deps import Connection, CurrentGrid, Language, Writing, require
from wangge.api.plumbing.if_match import TAGGED, MaybeIfMatch, etag
from wangge.api.plumbing.problems import BadField
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.common import Day
from wangge.api.schemas.forms import NO_NUL
from wangge.reports.errors import UnknownCategory
from wangge.reports.policy import policies
from wangge.reports.policy.days import put_day, take_day, working_days
from wangge.reports.policy.document import PolicyDocument
from wangge.reports.policy.policies import UnknownPolicyLevel

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["policy"])
LONGEST = timedelta(days=3 * 366)


class StoredPolicy(BaseModel):
    """The limits of a territory; `revision` grows with every change of them and of the single days."""

    territory: str
    revision: int
    default: bool = Field(description="Whether these are the default limits, because the territory has stored none")
    policy: PolicyDocument


class DayBody(BaseModel):
    work: StrictBool = Field(description="Whether the day is worked, whatever the rules say")
    name: Annotated[str, Field(max_length=200, pattern=NO_NUL)] | None = Field(None, description="Why")


class CalendarDay(BaseModel):
    day: date
    work: bool
    set: bool = Field(description="Whether the territory says so for this day by itself")
    name: str | None = Field(description="Why: as the territory says, else the name of the holiday")


class CalendarPage(BaseModel):
    timezone: str
    hours: list[str]
    days: list[CalendarDay]


Editor = Annotated[Person, require(Right.EDIT_RULES)]
DayPath = Annotated[Day, Path(description="The day, such as 2026-10-10")]


@router.get("/policy", response_model=StoredPolicy, response_model_exclude_unset=True, responses=TAGGED)
async def get_policy(connection: Connection, grid: CurrentGrid, response: Response) -> dict[str, Any]:
    """By when each step of a case has to be done, and when a case rises."""
    stored = await policies.stored_policy(connection, grid.territory)
    response.headers.update(etag(stored.revision))
    return {
        "territory": grid.territory,
        "revision": stored.revision,
        "default": stored.default,
        "policy": stored.document,
    }


@router.put("/policy", response_model=StoredPolicy, response_model_exclude_unset=True, responses=TAGGED)
@refuses(UnknownCategory, UnknownPolicyLevel)
async def put_policy(
    document: PolicyDocument,
    connection: Writing,
    grid: CurrentGrid,
    editor: Editor,
    response: Response,
    if_match: MaybeIfMatch,
) -> dict[str, Any]:
    """Replace the limits. They hold for every step that begins from now on; what runs stays as it was promised."""
    revision = await policies.replace_policy(connection, grid.territory, document, editor.name, if_match=if_match)
    response.headers.update(etag(revision))
    return {"territory": grid.territory, "revision": revision, "default": False, "policy": document}


@router.get("/calendar", response_model=CalendarPage)
async def get_calendar(
    connection: Connection,
    grid: CurrentGrid,
    since: Annotated[Day, Query(alias="from", description="The first day")],
    until: Annotated[Day, Query(alias="to", description="The last day")],
    language: Language,
) -> dict[str, Any]:
    """Which days are worked, at most three years at once, and why those that are not ordinary are as they are."""
    if not timedelta(0) <= until - since <= LONGEST:
        raise BadField(field="to", reason="calendar_span")
    hours, days = await working_days(connection, grid.territory, since, until, language)
    return {"timezone": grid.timezone.key, "hours": hours, "days": days}


@router.put("/calendar/{day}", status_code=204)
async def set_day(day: DayPath, body: DayBody, connection: Writing, grid: CurrentGrid, editor: Editor) -> None:
    """Say that a day is worked, or is not, whatever the rules and the holidays say."""
    await put_day(connection, grid.territory, day, body.work, body.name, editor.name)


@router.delete("/calendar/{day}", status_code=204)
async def unset_day(day: DayPath, connection: Writing, grid: CurrentGrid, editor: Editor) -> None:
    """Leave a day to the rules again. Without effect where nothing was said about it."""
    await take_day(connection, grid.territory, day, editor.name)

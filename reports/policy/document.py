"""A policy as it is written down, in TOML or JSON, and how it becomes the limits of a territory."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from wangge.reports.policy.calendars import MIDNIGHT, Shift, WorkingCalendar, supported_holidays, working_calendar
from wangge.reports.policy.durations import parse_limit
from wangge.reports.policy.policy import Limit, Policy, Step, Urgency

__all__ = ["Day", "LimitEntry", "PolicyDocument", "PolicyFile", "Working"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# The wording of these kinds, in Chinese and English, stands with that of every other field (data/messages).


def _span(text: str) -> str:
    if parse_limit(text) is None:
        raise PydanticCustomError("duration", "expected a span of time such as 10min, 2h, 3d or 1 working day")
    return text.strip()


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("string_nul", "expected text without the character U+0000")
    return text


def _holidays(text: str) -> str:
    if not supported_holidays(text):
        raise PydanticCustomError("holidays", "expected a country such as CN, or a part of one such as US-DC")
    return text


def _shift(text: str) -> Shift:
    """From and until of a text such as 08:30-12:00."""
    try:
        since, until = (part.strip() for part in text.replace("–", "-").split("-"))
        return time.fromisoformat(since), MIDNIGHT if until == "24:00" else time.fromisoformat(until)
    except ValueError:
        raise PydanticCustomError("working_hours", "expected hours such as 08:30-12:00") from None


def _hours(texts: list[str]) -> list[str]:
    shifts = [_shift(text) for text in texts]
    edges = [edge for shift in shifts for edge in shift]
    if any(edge.tzinfo for edge in edges):
        raise PydanticCustomError("working_hours", "expected hours such as 08:30-12:00")
    if any(since >= until for since, until in shifts) or edges != sorted(edges):
        raise PydanticCustomError("working_hours_order", "expected hours in the order of the day, not overlapping")
    return texts


Span = Annotated[
    str,
    Field(max_length=40, examples=["30min", "2h", "3d", "4 working hours", "1 working day"]),
    AfterValidator(_span),
]
Code = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_nul)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Working(_Document):
    """When a territory works: hours of a working day, weekdays of rest, and whose holidays it keeps."""

    hours: Annotated[list[str], Field(min_length=1, max_length=24), AfterValidator(_hours)] = ["09:00-17:00"]
    rest: Annotated[list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]], Field(max_length=6)] = [
        "sat",
        "sun",
    ]
    holidays: Annotated[str, Field(max_length=20), AfterValidator(_holidays)] | None = Field(
        None, description="A country, with its make-up days, or a part of one; none where left out"
    )

    @cached_property
    def shifts(self) -> tuple[Shift, ...]:
        """The hours of a working day."""
        return tuple(_shift(text) for text in self.hours)


class LimitEntry(_Document):
    """How long a step may take: of some categories or of every one, of one urgency or of both."""

    step: Step
    within: Span
    categories: Annotated[list[Code], Field(min_length=1, max_length=500)] | None = Field(
        None, description="Every category where left out"
    )
    urgency: Urgency | None = Field(None, description="Both where left out")

    @property
    def keys(self) -> list[tuple[str | None, Step, Urgency | None]]:
        """What the limit is for."""
        categories: Sequence[str | None] = self.categories or [None]
        return [(category, self.step, self.urgency) for category in categories]


class PolicyDocument(_Document):
    """The limits of a territory as they are written down."""

    warn: float = Field(0.8, gt=0, lt=1, description="Share of a limit that has passed when a case is nearly due")
    reopen_days: Annotated[int, Strict()] = Field(
        7, ge=0, le=3650, description="Days after its closing in which a case may be reopened"
    )
    working: Working = Working()
    levels: Annotated[dict[Code, Span], Field(max_length=20)] = Field(
        {}, description="By level, how long its desks may take before a case rises to the level above"
    )
    limits: Annotated[list[LimitEntry], Field(max_length=2000)] = []

    @model_validator(mode="after")
    def _once(self) -> Self:
        seen: set[tuple[str | None, Step, Urgency | None]] = set()
        for position, entry in enumerate(self.limits, 1):
            for key in entry.keys:
                if key in seen:
                    facts = {"record": position, "step": entry.step.value, "category": key[0] or "—"}
                    raise PydanticCustomError("limit_twice", "limits[{record}]: {step}, {category} stands twice", facts)
                seen.add(key)
        return self

    def calendar(self, zone: str, days: Mapping[date, bool]) -> WorkingCalendar:
        """The working time that the document states.

        Parameters
        ----------
        zone : the territory's time zone.
        days : the single days that it works or rests, whatever the rules say.
        """
        rest = frozenset(WEEKDAYS.index(day) for day in self.working.rest)
        return working_calendar(zone, self.working.shifts, rest, self.working.holidays, frozenset(days.items()))

    def policy(self, zone: str, days: Mapping[date, bool]) -> Policy:
        """The rules that the document states; as for `calendar`."""
        calendar = self.calendar(zone, days)
        length = calendar.day_length
        return Policy(
            calendar,
            {key: _limit(entry.within, length) for entry in self.limits for key in entry.keys},
            {level: _limit(span, length) for level, span in self.levels.items()},
            self.warn,
            self.reopen_days,
        )

    def stored(self) -> dict[str, Any]:
        """The document as JSON, without what was left out."""
        return self.model_dump(mode="json", exclude_unset=True, exclude_none=True)


class Day(_Document):
    """A single day that a territory works or rests, whatever its rules say."""

    day: date
    work: bool
    name: Annotated[str, Field(max_length=200), AfterValidator(_no_nul)] | None = None


class PolicyFile(PolicyDocument):
    """A policy together with the territory's single days; where they are left out, those that it has stay."""

    days: Annotated[list[Day], Field(max_length=5000)] | None = None

    @property
    def document(self) -> PolicyDocument:
        """The policy without the days."""
        return PolicyDocument.model_validate(self.model_dump(exclude={"days"}, exclude_unset=True))


def _limit(text: str, day_length: timedelta) -> Limit:
    found = parse_limit(text, day_length)
    assert found is not None  # noqa: S101 - checked when the document was read
    return found

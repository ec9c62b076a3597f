"""The life of one case of the demo: what people do with it, in order, each at its moment. Pure."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from wangge.access.person import Person
from wangge.demo.courses import Course
from wangge.demo.staff import Staff
from wangge.reports.case.case import Arguments, Case, PartyAsked, Task
from wangge.reports.case.lifecycle import State, TaskState
from wangge.reports.policy.policy import Policy, Step, Urgency

__all__ = ["DAY", "MINUTE", "Act", "Acts", "Life"]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NEVER = datetime.max.replace(tzinfo=UTC)
LONGER = 0.6
"""Which share of its limit a handling is extended by."""

Who = Callable[[Case, datetime], Person]


class Act(NamedTuple):
    """A move that somebody is to make; who it is is asked when the moment has come."""

    at: datetime
    who: Who
    move: str
    arguments: Arguments


Acts = Generator[Act, Case, None]
"""Gives the next act, and takes the case as it stands after it."""


class Life:
    """One case on its course.

    Parameters
    ----------
    original : number of the case that this one doubles, empty for none.
    horizon : what would be done later is done then: the year is over.
    """

    def __init__(
        self,
        case: Case,
        course: Course,
        staff: Staff,
        policy: Policy,
        original: str = "",
        horizon: datetime = NEVER,
    ) -> None:
        self.case, self.course, self.staff, self.policy = case, course, staff, policy
        self.now = case.received_at
        self.horizon = horizon
        self._original = original

    def acts(self) -> Acts:
        """All that is done, from the report on."""
        if self.course.end in ("refused", "merged", "withdrawn", "voided"):
            yield from self._end_early()
            return
        yield from self._open()
        yield from self._handle()
        if self.case.state is State.PARKED:
            return
        yield from self._check()
        yield from self._close()

    def _end_early(self) -> Acts:
        staff, end, words = self.staff, self.course.end, self.course.words
        at = self._after(Step.REGISTER, min(self.course.register, 0.9))
        if end == "refused":
            yield from self._do(at, staff.superior, "refuse", reason=words)
        elif end == "merged":
            yield from self._do(at, staff.centre, "merge", into=self._original, note=words)
        elif end == "withdrawn":
            yield from self._do(at, staff.centre, "withdraw", note=words)
        else:
            yield from self._do(at, staff.centre, "void", reason=words)
        yield from self._do(self.now + 2 * MINUTE, staff.centre, "answer", note=words)

    def _open(self) -> Acts:
        course, staff = self.course, self.staff
        who = staff.holder if self.case.id % 4 == 0 else staff.centre
        urgent = {"urgency": Urgency.URGENT} if course.urgent else {}
        yield from self._do(self._after(Step.REGISTER, course.register), who, "register", **urgent)
        if course.incident == "relocated" and course.point:
            yield from self._do(self.now, staff.centre, "relocate", point=course.point, reason=course.words)
        yield from self._dispatch(who)

    def _dispatch(self, who: Who, *parties: PartyAsked) -> Acts:
        yield from self._do(self._after(Step.DISPATCH, self.course.dispatch), who, "dispatch", parties=parties)

    def _handle(self) -> Acts:
        """The parties accept, something may happen, and they report back: the ones that are not needed first."""
        share, start = self.course.handle, self.now
        if self.course.incident == "returned" and len(self.case.live()) == 1:
            yield from self._send_back()
            start = self.now
        for n, task in enumerate(self.case.live()):
            early = share * self.course.accept * (1 + 0.2 * n)
            yield from self._for(task, self._after(Step.HANDLE, early, start), "accept")
        first = self.case.live()[0]
        yield from self._for(first, self._after(Step.HANDLE, 0.4 * share, start), "start")
        at = self._after(Step.HANDLE, 0.5 * share, start)
        rest = 0.5 * share / (1 - 0.5 * share)
        if self.course.end == "parked":
            yield from self._park(at)
            yield from self._do(self.now + 5 * MINUTE, self.staff.superior, "answer", note=self.course.words)
            return
        rest = (yield from self._meanwhile(at, first)) or rest
        yield from self._report(rest)

    def _meanwhile(self, at: datetime, task: Task) -> Generator[Act, Case, float | None]:
        """What happens while the case is handled; gives the share of the rest that is needed then, if it is another."""
        staff, words = self.staff, self.course.words
        match self.course.incident:
            case "extended" | "extension-refused" as incident:
                asked = task.due_at and self._longer(task.due_at)
                yield from self._for(task, at, "ask-extension", reason=words, until=asked)
                granted = incident == "extended"
                given = {} if granted else {"reason": "请按原期限办结"}
                move = "grant-extension" if granted else "refuse-extension"
                soon = self._between(self.now, self.case.due_at, 0.1)
                yield from self._do(soon, staff.overseer, move, **given)
                return 0.9 if granted else None
            case "parked-a-while":
                yield from self._park(at)
                back = self._a_little(self.now + (2 + 60 * self.course.accept) * DAY)
                yield from self._do(back, staff.superior, "resume")
            case "called" if self.case.level is not None:
                yield from self._do(at, staff.holder, "escalate", reason=words)
            case "urged":
                yield from self._do(at, staff.centre, "urge", note=words)
            case "noted":
                yield from self._for(task, at, "note", note=words)
            case "transferred" if self.case.level == self.case.cells[-1][0]:
                yield from self._do(at, staff.holder, "transfer", reason=words, desk=self._community())
        return None

    def _send_back(self) -> Acts:
        """The party returns the case, and the community takes it."""
        task = self.case.live()[0]
        early = self._after(Step.HANDLE, 0.1 * self.course.handle)
        yield from self._for(task, early, "return", reason=self.course.words)
        yield from self._dispatch(self.staff.superior, PartyAsked(desk=self._community()))

    def _park(self, at: datetime) -> Acts:
        yield from self._do(at, self.staff.superior, "park", reason=self.course.words)

    def _report(self, rest: float) -> Acts:
        """Everybody who has something to do reports back, the last of them when a share of what is left has passed."""
        start, due = self.now, self.case.due_at
        tasks = sorted(self.case.live(), key=lambda task: (task.needed, task.id or 0))
        for n, task in enumerate(tasks, 1):
            at = self._between(start, due, rest * n / len(tasks))
            photo = (f"照片-{self.case.number}-{n}",)
            yield from self._for(task, at, "report-back", note=self.course.note, evidence=photo)

    def _check(self) -> Acts:
        if self.course.incident == "rejected":
            at = self._after(Step.VERIFY, min(self.course.verify, 0.8))
            yield from self._do(at, self.staff.verifier, "reject", reason=self.course.words)
            yield from self._report(self.course.handle)
        yield from self._do(self._after(Step.VERIFY, self.course.verify), self.staff.verifier, "verify")

    def _close(self) -> Acts:
        """Closed and answered; the reporter may be content, or not."""
        course, staff = self.course, self.staff
        yield from self._do(self._after(Step.CLOSE, course.close), staff.superior, "close")
        yield from self._do(self.now + 2 * MINUTE, staff.superior, "answer", note=course.note)
        if course.incident == "reopened":
            again = self.now + (1 + 16 * course.accept) * DAY
            yield from self._do(again, staff.centre, "reopen", reason=course.words, same_parties=True)
            start = self.now
            for task in self.case.live():
                yield from self._for(task, self._after(Step.HANDLE, 0.1 * course.handle, start), "accept")
            yield from self._report(course.handle)
            yield from self._check()
            yield from self._do(self._after(Step.CLOSE, course.close), staff.superior, "close")
            yield from self._do(self.now + 2 * MINUTE, staff.superior, "answer", note=course.note)
        if course.confirmed is not None and self.now + course.confirmed * DAY < self.horizon:
            yield from self._do(self.now + course.confirmed * DAY, staff.centre, "confirm")
        if course.satisfied is not None and self.now + 10 * MINUTE < self.horizon:
            yield from self._do(self.now + 10 * MINUTE, staff.centre, "rate", satisfied=course.satisfied)

    def _do(self, at: datetime, who: Who, move: str, **given: Any) -> Acts:
        self.now = max(min(at, self.horizon), self.now)
        self.case = yield Act(self.now, who, move, Arguments(**given))

    def _for(self, task: Task, at: datetime, move: str, **given: Any) -> Acts:
        """Somebody acts for a party. What came of the clock meanwhile does not change whose task it is."""
        if move == "start" and task.state not in (TaskState.DISPATCHED, TaskState.ACCEPTED):
            return
        yield from self._do(at, partial(self.staff.handler, task), move, **given)

    def _community(self) -> int:
        return self.staff.setting.directory.desks[self.staff.place(self.staff.community, self.case)]

    def _after(self, step: Step, share: float, start: datetime | None = None) -> datetime:
        """When a share of a step's limit has passed."""
        limit = self.policy.limit(step, self.case.category, self.case.urgency)
        start = start or self.now
        if limit is None:
            return start + MINUTE
        amount = limit.amount * share
        return self.policy.calendar.add(start, amount) if limit.working else start + amount

    def _between(self, start: datetime, due: datetime | None, share: float) -> datetime:
        """When a share of the time to a deadline has passed, counted as the limit of handling is."""
        if due is None:
            return start + MINUTE
        limit = self.policy.limit(Step.HANDLE, self.case.category, self.case.urgency)
        if limit is None or not limit.working:
            return start + (due - start) * share
        calendar = self.policy.calendar
        return calendar.add(start, calendar.between(start, due) * share)

    def _longer(self, due: datetime) -> datetime:
        return self._after(Step.HANDLE, LONGER, due)

    def _a_little(self, start: datetime) -> datetime:
        """Soon, in working time."""
        return self.policy.calendar.add(start, 20 * MINUTE)

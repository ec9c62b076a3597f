"""The lives of the cases that are open when the demo opens: each stops where somebody is to go on with it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from wangge.demo.courses import Course
from wangge.demo.lives import MINUTE, Acts, Life
from wangge.demo.staff import Staff
from wangge.reports.case.case import Case
from wangge.reports.policy.policy import Policy, Step, Urgency

__all__ = ["OPEN", "STEP_OF", "Standing", "since"]

OPEN = "open"
"""The end of a course that has none yet; its incident says where the case stands, `waits` for how long."""

STEP_OF: Mapping[str, Step | None] = {
    "assigned": Step.REGISTER,
    "registered": Step.DISPATCH,
    "raised": Step.DISPATCH,
    "dispatched": Step.HANDLE,
    "accepted": Step.HANDLE,
    "handling": Step.HANDLE,
    "extension": Step.HANDLE,
    "reported": Step.VERIFY,
    "verified": Step.CLOSE,
    "returned": Step.DISPATCH,
    "rejected": Step.HANDLE,
    "reopened": Step.HANDLE,
    "parked": None,
}
"""Where a case may stand, and the step whose limit runs there."""

LONG_AGO = timedelta(days=40)
PARKED = timedelta(days=6)
BEFORE: Mapping[str, timedelta] = {
    "assigned": timedelta(0),
    "registered": 8 * MINUTE,
    "raised": 25 * MINUTE,
    "parked": timedelta(hours=5),
    "reopened": timedelta(days=2),
}
"""How long before the move by which it came there a case was received, at the least; a quarter of an hour else."""


def since(policy: Policy, step: Step | None, category: str, share: float, now: datetime) -> datetime:
    """When a share of the limit of a step began to pass that has passed now; days ago where there is no limit."""
    limit = policy.limit(step, category, Urgency.NORMAL) if step else None
    if limit is None:
        return now - PARKED * (0.5 + share)
    amount = limit.amount * share
    if not limit.working:
        return now - amount
    early, late = now - LONG_AGO, now
    while late - early > MINUTE / 2:
        middle = early + (late - early) / 2
        if policy.calendar.between(middle, now) >= amount:
            early = middle
        else:
            late = middle
    return early


class Standing(Life):
    """One case that is open at the end of the year.

    Parameters
    ----------
    now : when the demo opens.
    words : what people say, by the incident at which they do.
    """

    def __init__(
        self,
        case: Case,
        course: Course,
        staff: Staff,
        policy: Policy,
        now: datetime,
        words: Mapping[str, Sequence[str]],
    ) -> None:
        super().__init__(case, course, staff, policy, horizon=now)
        self._words = words
        self._turn = max(since(policy, STEP_OF[course.incident], case.category, course.waits, now), case.received_at)

    def acts(self) -> Acts:
        """What is done up to where it stands."""
        place, staff = self.course.incident, self.staff
        yield from self._do(self._soon(0.1), staff.superior, "answer", note=self._say("noted"))
        if place == "assigned":
            return
        yield from self._do(self._turn if place == "registered" else self._soon(0.3), staff.holder, "register")
        for _ in range(self.course.rises):
            at = self._turn if place == "raised" else self._soon(0.4)
            yield from self._do(at, staff.holder, "escalate", reason=self._say("called"))
        if place in ("registered", "raised"):
            return
        yield from self._give(place)
        if place == "returned":
            task = self.case.live()[0]
            yield from self._for(task, self._turn, "return", reason=self._say("returned"))
        elif place == "parked":
            yield from self._do(self._turn, staff.superior, "park", reason=self._say("parked"))
        elif place != "dispatched":
            yield from self._take_on(place)

    def _give(self, place: str) -> Acts:
        """Dispatch: where handling is waited for, at the turn, else so that it was handled in time."""
        at = self._turn
        if place in ("reported", "verified", "rejected", "reopened", "returned"):
            at = since(self.policy, Step.HANDLE, self.case.category, 0.3, self._turn)
        yield from self._do(at, self.staff.holder, "dispatch")

    def _take_on(self, place: str) -> Acts:
        soon = self._soon(0.2) if place in ("accepted", "handling", "extension") else self.now + 4 * MINUTE
        for task in self.case.live():
            yield from self._for(task, soon, "accept")
        if place == "accepted":
            return
        first = self.case.live()[0]
        yield from self._for(first, self.now + MINUTE, "start")
        if place == "extension" and first.due_at is not None:
            reason, until = self._say("extended"), self._longer(first.due_at)
            yield from self._for(first, self._ago(0.2), "ask-extension", reason=reason, until=until)
        if place not in ("reported", "verified", "rejected", "reopened"):
            return
        yield from self._hand_in(place)

    def _hand_in(self, place: str) -> Acts:
        """Reported back; then, where it stands farther on, verified, sent back, or closed and opened again."""
        staff = self.staff
        tasks = sorted(self.case.live(), key=lambda task: (task.needed, task.id or 0))
        early = {"reported": 0.0, "verified": 0.3, "rejected": 0.3, "reopened": 1.0}[place]
        at = since(self.policy, Step.VERIFY, self.case.category, early, self._turn)
        for n, task in enumerate(tasks, 1):
            photo = (f"照片-{self.case.number}-{n}",)
            yield from self._for(task, at, "report-back", note=self.course.note, evidence=photo)
        if place == "rejected":
            yield from self._do(self._turn, staff.verifier, "reject", reason=self._say("rejected"))
        if place in ("verified", "reopened"):
            yield from self._do(self._turn if place == "verified" else self.now + MINUTE, staff.verifier, "verify")
        if place == "reopened":
            yield from self._do(self.now + MINUTE, staff.superior, "close")
            reason = self._say("reopened")
            yield from self._do(self._turn, staff.centre, "reopen", reason=reason, same_parties=True)

    def _soon(self, share: float) -> datetime:
        """When a share of the time to the turn has passed."""
        return self.now + (self._turn - self.now) * share

    def _ago(self, share: float) -> datetime:
        """When a share of the time from the turn to now was left."""
        return self.horizon - (self.horizon - self._turn) * share

    def _say(self, what: str) -> str:
        words = self._words[what]
        return words[self.case.id % len(words)]

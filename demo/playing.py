"""Plays a year of cases: every report is filed and moved, and its clock runs, by the same functions as today's.

A month of reports is one transaction, from its first report to the last thing that happens to any of them. So an
interruption leaves whole months, and the next run goes on with the first one that is missing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from itertools import groupby

import pyarrow as pa

from wangge.demo.courses import Filed
from wangge.demo.lives import Act, Acts, Life
from wangge.demo.staff import Staff
from wangge.demo.standing import OPEN, Standing
from wangge.demo.today import AFTERNOON, Today, arrange, words_of
from wangge.duty.officers import load_roster
from wangge.geo.datum import Datum
from wangge.geo.grid import Grid
from wangge.reports.bulk.batch import prepare
from wangge.reports.bulk.columns.fields import FIELDS
from wangge.reports.bulk.columns.parsing import Rules
from wangge.reports.bulk.loading import ensure_months, load
from wangge.reports.bulk.naming import name_assets
from wangge.reports.bulk.opening import open_cases
from wangge.reports.bulk.placing import Placer
from wangge.reports.case.actions import load_setting
from wangge.reports.case.case import Case
from wangge.reports.case.docket import Docket
from wangge.reports.case.setting import Setting
from wangge.reports.clock.settling import settle
from wangge.reports.intake.submitting import Receipt
from wangge.reports.release.queries import HOLD_HISTORY
from wangge.store.engine import AsyncConnection, Connection

__all__ = ["count_played", "play"]

SOURCE = "demo"

EVERY = timedelta(minutes=15)
"""The clock is looked at every quarter of an hour; where nothing is due, not looking comes to the same."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LAST = timedelta(hours=6)

BEGUN = """
SELECT min(r.received_at) FROM report r
WHERE r.territory_code = %s AND r.external_id LIKE 'SYN-%%' AND r.version > 1
"""

PLAYED = """
SELECT r.external_id FROM report r
WHERE r.territory_code = %s AND r.external_id LIKE 'SYN-%%' AND r.version > 1
"""


def count_played(connection: Connection, territory: str) -> int:
    """How many cases something has happened to already."""
    return len(connection.execute(PLAYED, (territory,)).fetchall())


async def _begun(connection: AsyncConnection, grid: Grid, told: Sequence[Filed]) -> date | None:
    """The day on which the year ends that was begun, by its first day; None when none was."""
    row = await (await connection.execute(BEGUN, (grid.territory,))).fetchone()
    if row is None or row[0] is None:
        return None
    first, last = (filed.at.astimezone(grid.timezone).date() for filed in (told[0], told[-1]))
    begun: datetime = row[0]
    return begun.astimezone(grid.timezone).date() + (last - first)


def _today(day: date | None, grid: Grid) -> Today:
    """Now, or the afternoon of another day."""
    now = datetime.now(UTC).astimezone(grid.timezone)
    if day is None or day == now.date():
        return Today(now.date(), now.replace(microsecond=0))
    return Today(day, datetime.combine(day, AFTERNOON, grid.timezone))


async def play(
    connection: AsyncConnection,
    grid: Grid,
    told: Sequence[Filed],
    day: date | None,
    advance: Callable[[float, str], None],
) -> int:
    """Play what has not been played yet; the number of cases that were.

    Parameters
    ----------
    connection : in autocommit; every month is a transaction of its own.
    told : the year as its file has it.
    day : on which the year ends, in the place of today; what was begun goes on to the day to which it was begun.
    advance : told the share that is done, and the month.
    """
    await connection.execute(HOLD_HISTORY, {"territory": grid.territory})
    known = {key for (key,) in await (await connection.execute(PLAYED, (grid.territory,))).fetchall()}
    setting = await load_setting(connection, grid)
    roster = await load_roster(connection, grid.territory)
    today = _today(await _begun(connection, grid, told) or day, grid)
    year, words = arrange(told, grid, setting.policy, today), words_of(told)
    staff = Staff(roster.values(), setting)
    done = 0
    for month, group in groupby(year, key=lambda filed: f"{filed.at.astimezone(grid.timezone):%Y-%m}"):
        filed = list(group)
        fresh = [one for one in filed if one.key not in known]
        if fresh:
            async with connection.transaction():
                await _Month(connection, setting, staff, today.now, words).play(fresh)
        done += len(filed)
        advance(done / len(year), month)
    return sum(filed.key not in known for filed in year)


class _Month:
    """The cases that were received in a month, each at its next act."""

    def __init__(
        self,
        connection: AsyncConnection,
        setting: Setting,
        staff: Staff,
        until: datetime,
        words: Mapping[str, Sequence[str]],
    ) -> None:
        self._connection, self._setting, self._staff = connection, setting, staff
        self._docket = Docket(connection, setting, ())
        self._lives: dict[int, Acts] = {}
        self._acts: list[tuple[datetime, int, Act]] = []
        self._alarms: list[tuple[datetime, int]] = []
        self._now = EPOCH
        self._until, self._words = until, words

    async def play(self, month: Sequence[Filed]) -> None:
        """File the reports, and let everything happen to them in the order of time."""
        receipts = await self._file(month)
        keys = [(receipt.id, receipt.received_at) for receipt in receipts]
        self._docket = await Docket.open(self._connection, self._setting, keys)
        numbers = {filed.key: receipt.number for filed, receipt in zip(month, receipts, strict=True)}
        for filed, receipt in zip(month, receipts, strict=True):
            case = self._docket.cases[receipt.id]
            if case.version > 1:  # another run was at it meanwhile
                continue
            life = self._life(case, filed, numbers.get(filed.course.into, ""))
            self._lives[case.id] = life.acts()
            self._watch(case)
            self._await(case.id, next(self._lives[case.id]))
        while self._acts or self._next_look():
            self._step()
        await self._docket.save()

    def _life(self, case: Case, filed: Filed, original: str) -> Life:
        policy, until = self._setting.policy, self._until
        if filed.course.end == OPEN:
            return Standing(case, filed.course, self._staff, policy, until, self._words)
        # Not all that is done at last is done at the same moment.
        left = min(until - filed.at, LAST) * ((case.id % 97) / 100)
        return Life(case, filed.course, self._staff, policy, original, until - left)

    async def _file(self, month: Sequence[Filed]) -> list[Receipt]:
        """Store the reports as a batch is, each received when it was; those that are there keep what they are."""
        grid, table = self._setting.grid, pa.RecordBatch.from_pylist([filed.record for filed in month])
        rules = Rules(Datum.WGS84, grid.timezone, datetime.now(UTC))
        ready = prepare(table, {name: name for name in table.schema.names if name in FIELDS}, rules, Placer(grid), None)
        await name_assets(self._connection, grid.territory, ready.drafts, ready.places, ready.sieve)
        for refusal in ready.sieve.refusals:
            raise refusal.error
        drafts = ready.drafts
        await ensure_months(self._connection, drafts.received_at)
        opening = await open_cases(self._connection, grid)
        keys = drafts.external_id
        loaded = await load(self._connection, grid, drafts, ready.places, ready.rows, keys, SOURCE, opening)
        new = (Receipt(report_id, filed.at) for report_id, filed in zip(loaded.ids.tolist(), month, strict=True))
        return [loaded.known.get(row) or receipt for row, receipt in enumerate(new)]

    def _step(self) -> None:
        """The next act, or what the clock does before it."""
        rings = self._next_look()
        if rings is not None and (not self._acts or rings <= self._acts[0][0]):
            self._look(rings)
            return
        at, case_id, act = heappop(self._acts)
        self._now = at
        case = self._docket.cases[case_id]
        self._docket.move(case, act.who(case, at), act.move, act.arguments, at)
        self._watch(case)
        try:
            self._await(case_id, self._lives[case_id].send(case))
        except StopIteration:
            del self._lives[case_id]

    def _await(self, case_id: int, act: Act) -> None:
        heappush(self._acts, (act.at, case_id, act))

    def _watch(self, case: Case) -> None:
        if case.alarm_at is not None and case.alarm_at <= self._until:
            heappush(self._alarms, (case.alarm_at, case.id))

    def _next_look(self) -> datetime | None:
        """When the clock is looked at and finds something."""
        while self._alarms:
            alarm, case_id = self._alarms[0]
            if self._docket.cases[case_id].alarm_at == alarm:
                earliest = max(alarm, self._now)
                look = earliest + (EPOCH - earliest) % EVERY
                return look if look <= self._until else None  # the server's own clock goes on
            heappop(self._alarms)  # something has been done since
        return None

    def _look(self, now: datetime) -> None:
        """Let happen what is due."""
        self._now = now
        due = []
        while self._alarms and self._alarms[0][0] <= now:
            alarm, case_id = heappop(self._alarms)
            if self._docket.cases[case_id].alarm_at == alarm:
                due.append((alarm, case_id))
        for _, case_id in sorted(set(due)):
            case = self._docket.cases[case_id]
            settle(case, self._setting, now)
            self._watch(case)

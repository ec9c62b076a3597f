"""A dry run of routing rules: where would past cases go, were these the rules?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wangge.access.person import Scope
from wangge.access.scope import condition
from wangge.duty.routing import Directory, Party, Route, Rules, matter_of, route
from wangge.geo.grid import Grid
from wangge.reports.case import queries
from wangge.reports.number import format_number
from wangge.store.engine import AsyncConnection

__all__ = ["Elsewhere", "Trial", "try_rules"]

EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A case that would go elsewhere: its parties by the rules in force, and by the proposed ones."""

    number: str
    category: str
    cell: str
    now: Route
    then: Route

    @property
    def ways(self) -> tuple[Route, Route]:
        """Now and then."""
        return self.now, self.then


@dataclass(frozen=True, slots=True)
class Trial:
    """What a dry run came to.

    Attributes
    ----------
    cases : how many past cases were looked at.
    elsewhere : how many of them would go elsewhere.
    by_rule : how many each proposed rule would take, by its 1-based place; None is the default.
    examples : some that would go elsewhere, the latest first.
    """

    cases: int
    elsewhere: int
    by_rule: dict[int | None, int]
    examples: list[Elsewhere]


async def try_rules(
    connection: AsyncConnection,
    scope: Scope,
    grid: Grid,
    current: Rules,
    proposed: Rules,
    directory: Directory,
    last: int = 1000,
) -> Trial:
    """Route the last cases by both sets of rules, as dispatch does: as of when they were received, to who is there now.

    Parameters
    ----------
    scope : which cases are looked at.
    grid : current edition of the territory, which parts what an error circle touches; hours are local.
    last : how many cases, the latest ones.
    """
    clause, parameters = condition(scope, "r")
    values = {"last": last} | parameters
    rows = await (await connection.execute(queries.PAST_CASES.format(scope=clause), values)).fetchall()
    by_rule: Counter[int | None] = Counter()
    changed: list[Elsewhere] = []
    elsewhere = 0
    for report_id, received_at, category, codes, levels, point, circle in rows:
        cells = [(level["key"], code) for level, code in zip(levels, codes, strict=True)]
        spot = tuple(circle) if circle else None, tuple(point)
        matter = matter_of(grid, directory, category, received_at, cells, *spot)
        now, then = route(current, matter, directory), route(proposed, matter, directory)
        by_rule[then.why["rule"]] += 1
        if _set(now.parties) != _set(then.parties):
            elsewhere += 1
            if len(changed) < EXAMPLES:
                changed.append(Elsewhere(format_number(received_at, report_id), category, codes[-1], now, then))
    every: list[int | None] = [*range(1, len(proposed.rules) + 1), None]
    return Trial(len(rows), elsewhere, {rule: by_rule[rule] for rule in every}, changed)


def _set(parties: Sequence[Party]) -> frozenset[Party]:
    return frozenset(parties)

"""A campaign that runs when the demo opens: the rains, with cases that ended in every way. No figure has them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from heapq import heappop, heappush

from wangge.demo.accounts import DOORS
from wangge.demo.courses import Course
from wangge.demo.lives import Act, Acts, Life
from wangge.demo.staff import Staff
from wangge.duty.officers import load_roster
from wangge.geo.grid import Cell, Grid, Outside
from wangge.reports.campaigns.campaigns import (
    SEPARATOR,
    Campaign,
    CampaignCategory,
    Checklist,
    Question,
    campaigns_of,
    put_campaign,
)
from wangge.reports.case.actions import load_setting
from wangge.reports.case.docket import Docket
from wangge.reports.intake.queries import ENSURE_MONTH
from wangge.reports.intake.submitting import Receipt, Submission, submit
from wangge.store.engine import AsyncConnection, first_value

__all__ = ["RAINS", "let_it_rain"]

RAINS, GULLY, WATER = "rains", "gully", "water"
SOURCE = "demo"
BEGAN, LASTS = timedelta(days=12), timedelta(days=21)
MORNING = time(8)

LATEST = "SELECT max(received_at) FROM counted_report WHERE territory_code = %(territory)s"

# How many days ago, at which of the base grids, what, how it ends, and for a double of which it is one.
MATTERS: Sequence[tuple[int, int, str, str, str, int | None]] = (
    (11, 0, GULLY, "【合成】雨水口被树叶堵住，一下雨路口就积水。", "closed", None),
    (11, 0, GULLY, "【合成】路口雨水口堵了，过不去人。", "merged", 0),
    (10, 1, WATER, "【合成】小区门口积水没过脚面，请来抽水。", "closed", None),
    (10, 1, WATER, "【合成】门口积水，老人出不了门。", "merged", 2),
    (10, 1, WATER, "【合成】同一处积水，孩子上学蹚水。", "merged", 2),
    (9, 2, GULLY, "【合成】雨水篦子破损，雨天看不见很危险。", "closed", None),
    (8, 3, WATER, "【合成】自家地下室返水。", "refused", None),
    (8, 0, GULLY, "【合成】雨水口有异味。", "closed", None),
    (7, 4, WATER, "【合成】下沉路段积水。", "closed", None),
    (7, 4, WATER, "【合成】下沉路段又积水了，车开不过去。", "merged", 8),
    (6, 5, GULLY, "【合成】单位院内管道堵塞，请市里来疏通。", "refused", None),
    (5, 2, GULLY, "【合成】雨水口堵塞，已自行清理。", "withdrawn", None),
    (4, 6, WATER, "【合成】测试填报，请忽略。", "voided", None),
    (4, 3, GULLY, "【合成】楼顶漏雨，找物业不修。", "refused", None),
)
WORDS = {
    "merged": "与前一件为同一处，一并处理（合成）",
    "refused": "属自有设施，不在公共排水范围，已告知本人（合成）",
    "withdrawn": "报事人称已解决，撤回（合成）",
    "voided": "测试件（合成）",
}
CLOSED = Course(
    end="closed",
    incident="",
    urgent=False,
    register=0.3,
    dispatch=0.3,
    accept=0.2,
    handle=0.3,
    verify=0.3,
    close=0.3,
    note="已清掏疏通，现场无积水（合成）",
    words="",
    into="",
    point=None,
    confirmed=None,
    satisfied=None,
)


async def let_it_rain(connection: AsyncConnection, grid: Grid) -> bool:
    """Hold the campaign in the street where the accounts of the demo are at home; whether it was not there yet.

    Parameters
    ----------
    connection : in autocommit; it is one transaction.
    """
    at = await first_value(connection, LATEST, {"territory": grid.territory})
    door = grid.locate(*DOORS[grid.territory])
    if at is None or isinstance(door, Outside) or await campaigns_of(connection, grid.territory, RAINS):
        return False
    now: datetime = at.astimezone(grid.timezone)
    async with connection.transaction():
        await put_campaign(connection, grid, _campaign(grid, door.ancestors[0], now), by=SOURCE)
        setting = await load_setting(connection, grid)
        staff = Staff((await load_roster(connection, grid.territory)).values(), setting)
        receipts = await _file(connection, grid, door.ancestors[0], now)
        docket = await Docket.open(connection, setting, [(one.id, one.received_at) for one in receipts])
        lives = [
            Life(
                docket.cases[one.id],
                replace(CLOSED, end=end, words=WORDS.get(end, "")),
                staff,
                setting.policy,
                _original(receipts, of),
                now,
            )
            for one, (*_, end, of) in zip(receipts, MATTERS, strict=True)
        ]
        _live(docket, lives)
        await docket.save()
    return True


def _campaign(grid: Grid, street: Cell, now: datetime) -> Campaign:
    dry = Question("dry", {"zh": "无积水", "en": "Dry"})
    return Campaign(
        RAINS,
        {"zh": "雨季排水（合成）", "en": "Rains (synthetic)"},
        (now - BEGAN).date(),
        (now - BEGAN + LASTS).date(),
        cells=((grid.levels[0].key, street.code),),
        categories=(
            CampaignCategory(GULLY, {"zh": "雨水口堵塞", "en": "Blocked gully"}),
            CampaignCategory(WATER, {"zh": "积水", "en": "Standing water"}),
        ),
        checklists=(Checklist("low", {"zh": "低洼处", "en": "Low places"}, (dry,), level=grid.levels[-1].key),),
    )


async def _file(connection: AsyncConnection, grid: Grid, street: Cell, now: datetime) -> list[Receipt]:
    """The reports, each received on its day, in order."""
    leaves = [leaf for leaf in grid.leaves if leaf.path[0] == street.code and leaf.geometry is not None]
    receipts = []
    for n, (ago, place, what, words, _, _) in enumerate(MATTERS):
        leaf = leaves[place * 5 % len(leaves)]
        assert leaf.geometry is not None  # noqa: S101 - see above
        point = leaf.geometry.representative_point()
        at = datetime.combine((now - timedelta(days=ago)).date(), MORNING, grid.timezone) + timedelta(minutes=37 * n)
        await connection.execute(ENSURE_MONTH, {"month": at.date()})
        report = Submission(point.x, point.y, f"{RAINS}{SEPARATOR}{what}", description=words)
        receipts.append((await submit(connection, grid, report, source=SOURCE, now=at))[0])
    return receipts


def _original(receipts: Sequence[Receipt], of: int | None) -> str:
    return "" if of is None else receipts[of].number


def _live(docket: Docket, lives: Sequence[Life]) -> None:
    """Let everything happen in the order of time."""
    acts: list[tuple[datetime, int, Act, Acts]] = []

    def await_next(case_id: int, going_on: Acts, act: Act) -> None:
        heappush(acts, (act.at, case_id, act, going_on))

    for life in lives:
        going_on = life.acts()
        await_next(life.case.id, going_on, next(going_on))
    while acts:
        at, case_id, act, going_on = heappop(acts)
        case = docket.cases[case_id]
        docket.move(case, act.who(case, at), act.move, act.arguments, at)
        try:
            await_next(case_id, going_on, going_on.send(case))
        except StopIteration:
            continue

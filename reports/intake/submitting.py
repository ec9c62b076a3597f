"""Intake of one report: datum to WGS-84, base grid, one INSERT of the report with its events."""

from dataclasses import asdict, astuple, dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from psycopg.errors import CheckViolation, ForeignKeyViolation
from psycopg.pq import TransactionStatus

from wangge.duty.routing import likelier_cell
from wangge.geo.datum import Datum
from wangge.geo.grid import Grid
from wangge.reports.assets.assets import WrongAsset
from wangge.reports.assets.naming import Named, assets_named
from wangge.reports.campaigns.campaigns import OutsideCampaign, campaign_at
from wangge.reports.case.lifecycle import FIRST_STEP, OPENED
from wangge.reports.categories.categories import category_codes
from wangge.reports.errors import UnknownCategory
from wangge.reports.evidence.photos import attach
from wangge.reports.intake import queries
from wangge.reports.keys.claiming import Kind, SenderKey, claim
from wangge.reports.number import format_number
from wangge.reports.placement import Placement, place
from wangge.reports.policy.policies import load_policy
from wangge.reports.policy.policy import Policy, Urgency
from wangge.store.engine import AsyncConnection

__all__ = ["Behalf", "Contact", "Receipt", "Submission", "submit"]

FIRST_VERSION = 1
"""Of the events with which a report comes in."""

CATEGORY_CONSTRAINT = "fk_report_territory_code_category_category"


@dataclass(frozen=True, slots=True)
class Contact:
    """How to answer the reporter, in which language; stored apart from the case."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Behalf:
    """That somebody files for another, who agreed to it: by whom, and how they agreed (spoken, written)."""

    by: str
    consent: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A report as it is sent. `accuracy_m` is the radius of the position's error circle in metres.

    `asset` is the number of what it is about. `photos` are ids of photos that were kept before; `on_behalf` tells for
    whom it is filed, where it is for another.
    `campaign` is not sent: intake has it from the category.
    """

    lon: float
    lat: float
    category: str
    datum: Datum = Datum.WGS84
    accuracy_m: float | None = None
    description: str = ""
    occurred_at: datetime | None = None
    contact: Contact | None = None
    external_id: str | None = None
    urgency: Urgency = Urgency.NORMAL
    asset: str | None = None
    photos: tuple[UUID, ...] = ()
    on_behalf: Behalf | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a report is stored. `known` tells that it was there before, under the same key.

    Of a report that is new, `due_at` is when it has to be registered; `asset` (the number of what it is about),
    `urgency` and `campaign` are as they were stored.
    """

    id: int
    received_at: datetime
    known: bool = False
    due_at: datetime | None = None
    asset: str | None = None
    urgency: Urgency | None = None
    campaign: str | None = None

    @property
    def number(self) -> str:
        """The case number."""
        return format_number(self.received_at, self.id)


class Keys(NamedTuple):
    """Under what a report is sent: whose its keys are, the sender's key for this one, and the digest of its body."""

    owner: str
    idempotency: str | None
    digest: str | None


async def submit(
    connection: AsyncConnection,
    grid: Grid,
    submission: Submission,
    *,
    source: str,
    owner: str = "",
    idempotency_key: str | None = None,
    digest: str | None = None,
    now: datetime | None = None,
    seen_at: datetime | None = None,
) -> tuple[Receipt, Placement]:
    """Store a report with its events, whole or not at all.

    Parameters
    ----------
    connection : in autocommit, where this is one transaction; or in a transaction, where this is a part of it.
    source : the way it came, for instance "api".
    owner : whose its keys are; nobody else's are in their way.
    idempotency_key, digest : the sender's key and the SHA-256 of the body; the same key with the same body gives the
        first receipt again.
    now : when it is received; the present moment if left out.
    seen_at : when somebody who is believed saw it: in a campaign that ran then, though it may be over.

    Raises
    ------
    OutsideGrid, UnknownCategory, OutsideCampaign, IdempotencyConflict, UnknownPhoto, WrongAsset, FarAsset
    """
    placement = place(grid, submission.lon, submission.lat, submission.datum, submission.accuracy_m)
    policy = await load_policy(connection, grid.territory)
    now = now or datetime.now(UTC)
    keys = Keys(owner, idempotency_key, digest)
    try:
        campaign = await campaign_at(connection, grid, submission.category, placement.location.cell, now, seen_at)
    except (UnknownCategory, OutsideCampaign):  # by now: what was stored before is answered as it was then
        if receipt := await _sent_before(connection, grid.territory, submission, now, keys):
            return receipt, placement
        raise
    if campaign is not None:
        urgency = max(submission.urgency, campaign.urgency, key=list(Urgency).index)
        submission = replace(submission, urgency=urgency, campaign=campaign.code)
    try:
        return await _submit(connection, grid, policy, submission, placement, source, now, keys), placement
    except CheckViolation as error:
        alone = connection.info.transaction_status is TransactionStatus.IDLE
        if error.diag.constraint_name is not None or not alone:
            raise
        # No partition: the program's clock and the database's are months apart, or nobody has made it.
        await connection.execute(queries.ENSURE_MONTH, {"month": now.date()})
        return await _submit(connection, grid, policy, submission, placement, source, now, keys), placement


async def _sent_before(
    connection: AsyncConnection, territory: str, submission: Submission, now: datetime, keys: Keys
) -> Receipt | None:
    """The report that has one of a submission's keys; no key is taken."""
    external = SenderKey(keys.owner, submission.external_id) if submission.external_id is not None else None
    own = SenderKey(keys.owner, keys.idempotency, keys.digest) if keys.idempotency is not None else None
    async with connection.transaction(force_rollback=True):
        for kind, key in ((Kind.EXTERNAL, external), (Kind.IDEMPOTENCY, own)):
            receipt = await _claim(connection, territory, now, kind, key)
            if receipt is not None and receipt.known:
                return receipt
    return None


async def _submit(
    connection: AsyncConnection,
    grid: Grid,
    policy: Policy,
    submission: Submission,
    placement: Placement,
    source: str,
    now: datetime,
    keys: Keys,
) -> Receipt:
    """Store a report, or find the one that was stored under its keys."""
    single = keys.idempotency is None and submission.external_id is None and submission.contact is None
    single = single and not submission.photos
    try:
        if single:  # one statement, which is a transaction by itself
            return await _store(connection, grid, policy, submission, placement, source, now)
        async with connection.transaction():
            external = SenderKey(keys.owner, submission.external_id) if submission.external_id is not None else None
            own = SenderKey(keys.owner, keys.idempotency, keys.digest) if keys.idempotency is not None else None
            receipt = await _claim(connection, grid.territory, now, Kind.EXTERNAL, external)
            receipt = await _claim(connection, grid.territory, now, Kind.IDEMPOTENCY, own, receipt)
            if receipt is None or not receipt.known:
                receipt = await _store(connection, grid, policy, submission, placement, source, now, receipt)
                key = receipt.id, receipt.received_at
                await attach(connection, grid.territory, keys.owner, submission.photos, key, FIRST_VERSION)
            return receipt
    except ForeignKeyViolation as error:
        if error.diag.constraint_name != CATEGORY_CONSTRAINT:
            raise
        known = await category_codes(connection, grid.territory)
        raise UnknownCategory(category=submission.category, known=known) from None


async def _store(
    connection: AsyncConnection,
    grid: Grid,
    policy: Policy,
    submission: Submission,
    placement: Placement,
    source: str,
    now: datetime,
    receipt: Receipt | None = None,
) -> Receipt:
    """Insert a report, and its contact if there is one."""
    parameters = _row(grid, policy, submission, placement, source, now)
    parameters["asset"] = asset = await _asset(connection, grid.territory, submission, placement)
    parameters["id"] = receipt.id if receipt else None
    row = await (await connection.execute(queries.INSERT_REPORT, parameters)).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    if submission.contact:
        contact = submission.contact
        await connection.execute(queries.INSERT_CONTACT, (*row, *astuple(contact)))
    due, urgency = parameters["due_at"], submission.urgency
    return Receipt(row[0], row[1], due_at=due, asset=asset, urgency=urgency, campaign=submission.campaign)


async def _asset(
    connection: AsyncConnection, territory: str, submission: Submission, placement: Placement
) -> str | None:
    """The number of what a report is about, as it is kept. Raises UnknownCategory, WrongAsset, FarAsset."""
    if submission.asset is None:
        return None
    named = Named(submission.asset, submission.category, placement.lon, placement.lat)
    (found,) = await assets_named(connection, territory, [named])
    if isinstance(found, str):
        return found
    if isinstance(found, WrongAsset) and submission.campaign is None:
        known = await category_codes(connection, territory)
        if submission.category not in known:
            raise UnknownCategory(category=submission.category, known=known)
    raise found


def _row(
    grid: Grid, policy: Policy, submission: Submission, placement: Placement, source: str, now: datetime
) -> dict[str, Any]:
    """What INSERT_REPORT stores; the id is the database's own unless a key holds one already."""
    cell, category, urgency = placement.location.cell, submission.category, submission.urgency
    likelier, others = likelier_cell(cell, placement.candidates)
    due = policy.due(FIRST_STEP, category, urgency, now)
    alarm = policy.alarm_at(FIRST_STEP, category, urgency, due=due, level=cell.level, level_since=now)
    facts: dict[str, Any] = {
        "step": FIRST_STEP,
        "due_at": due,
        "cell": cell.code,
        "edition": grid.edition,
        "category": category,
        "urgency": urgency,
    }
    if others:
        facts["others"] = others
    return {
        "received_at": now,
        "urgency": urgency.value,
        "step": FIRST_STEP.value,
        "due_at": due,
        "alarm_at": alarm,
        "level": cell.level,
        "code": likelier.code,
        "elsewhere": likelier is not cell,
        "facts": orjson.dumps(facts).decode(),
        "asked": orjson.dumps({"on_behalf": asdict(behalf)} if (behalf := submission.on_behalf) else {}).decode(),
        "territory_code": grid.territory,
        "edition_id": grid.edition_id,
        "cell_id": cell.id,
        "state": OPENED.value,
        "category": category,
        "description": submission.description,
        "occurred_at": submission.occurred_at or now,
        "source": source,
        "on_edge": placement.location.on_edge,
        "ambiguous": placement.ambiguous,
        "accuracy_m": submission.accuracy_m,
        "raw_lon": submission.lon,
        "raw_lat": submission.lat,
        "datum": submission.datum.value,
        "external_id": submission.external_id,
        "campaign": submission.campaign,
        "lon": placement.lon,
        "lat": placement.lat,
    }


async def _claim(
    connection: AsyncConnection,
    territory: str,
    now: datetime,
    kind: Kind,
    key: SenderKey | None,
    receipt: Receipt | None = None,
) -> Receipt | None:
    """Take a key for a new report, or find the report that has it; without a key, the receipt that was given.

    Parameters
    ----------
    receipt : the report that another key was just taken for, or found under.
    """
    if key is None:
        return receipt
    wanted = (receipt.id, receipt.received_at) if receipt else (None, now)
    report_id, received_at, known = await claim(connection, territory, kind, key, *wanted)
    return Receipt(report_id, received_at, known=True) if known else receipt or Receipt(report_id, received_at)

"""A key is taken once, for a report or for a move of one; whoever brings it again is told what it was taken for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from wangge.reports.errors import IdempotencyConflict
from wangge.reports.keys import queries
from wangge.store.engine import AsyncConnection

__all__ = ["Claim", "Kind", "SenderKey", "claim"]


class Kind(StrEnum):
    """What a key is of."""

    IDEMPOTENCY = "idempotency"  # of a report
    EXTERNAL = "external"  # of a report, by another system
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class SenderKey:
    """What something is sent under: a key of its owner's, with the SHA-256 of the body where bodies are compared."""

    owner: str
    value: str
    digest: str | None = None


class Claim(NamedTuple):
    """The report that a key was taken for; `known` tells that it was taken before."""

    report_id: int
    received_at: datetime
    known: bool


async def claim(
    connection: AsyncConnection,
    territory: str,
    kind: Kind,
    key: SenderKey,
    report_id: int | None,
    received_at: datetime,
) -> Claim:
    """Take a key, as a part of the connection's transaction, or find what it was taken for.

    Two senders of one key meet on its primary key: the second waits for the first to commit, then sees it.

    Parameters
    ----------
    report_id : of the report that it is taken for; None for one that is to come, which gets its id by this.

    Raises
    ------
    IdempotencyConflict : it was taken with another body.
    """
    parameters = {
        "territory": territory,
        "owner": key.owner,
        "kind": kind.value,
        "key": key.value,
        "digest": key.digest,
        "id": report_id,
        "received_at": received_at,
    }
    row = await (await connection.execute(queries.CLAIM_KEY, parameters)).fetchone()
    if row:
        return Claim(row[0], row[1], known=False)
    row = await (await connection.execute(queries.REPORT_OF_KEY, parameters)).fetchone()
    assert row is not None  # noqa: S101 - the key was in the way
    digest, report_id, received_at = row
    if key.digest is not None and digest != key.digest:
        raise IdempotencyConflict(key=key.value)
    return Claim(report_id, received_at, known=True)

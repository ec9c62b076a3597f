"""What was changed in administering, read by those who administer or audit (store/changes.py keeps it)."""

from typing import Any

from wangge.access import queries
from wangge.access.person import Person
from wangge.access.roles import Right
from wangge.store.changes import Subject
from wangge.store.engine import AsyncConnection

__all__ = ["changes_told"]

FIELDS = ("id", "at", "actor", "kind", "item", "before", "after")


async def changes_told(
    connection: AsyncConnection,
    person: Person,
    territory: str,
    limit: int,
    *,
    kind: Subject | None = None,
    item: str | None = None,
    before: int | None = None,
) -> list[dict[str, Any]]:
    """What was changed in a territory, the last first; to who has all territories, also what concerns them all.

    Parameters
    ----------
    before : an id: only earlier changes.

    Raises
    ------
    NotSignedIn, NotAllowed : the person neither administers nor audits the whole territory.
    """
    rights = [right for right in (Right.READ_AUDIT, Right.EDIT_ACCOUNTS) if person.may(right, territory)]
    if not any(person.scope(territory, right).whole for right in rights):
        raise person.refusal(Right.READ_AUDIT, territory)
    everywhere = any(
        grant.territory is None and person.has(right, grant.role) for grant in person.grants for right in rights
    )
    asked = {"territory": territory, "all": everywhere, "limit": limit, "before": before}
    rows = await connection.execute(queries.CHANGES, asked | {"kind": kind, "item": item})
    return [dict(zip(FIELDS, row, strict=True)) for row in await rows.fetchall()]

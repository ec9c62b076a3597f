"""The secret by which whoever reported a case proves it: made from the signing key, so that it is kept nowhere.

It can be told again to who sends the same report again, and is replaced by raising the generation that it is made of.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from wangge.access.links import Links
from wangge.access.person import Person
from wangge.reports.case.case import Key
from wangge.reports.errors import UnknownReport
from wangge.reports.number import format_number, parse_number
from wangge.reports.reporter import queries
from wangge.store.engine import AsyncConnection, first_value

__all__ = ["Proven", "prove", "replace_secret", "secret_for", "secret_of_new", "secret_of_support"]

LONGEST_ID = 19
NOWHERE = datetime(1970, 1, 1, tzinfo=UTC), 0
"""What is looked for where a number is none, so that it takes as long."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A case whose reporter asks, or somebody who supports it.

    Attributes
    ----------
    support : id of the support by which it was proven; None of the reporter.
    """

    territory: str
    key: Key
    generation: int
    support: int | None = None

    @property
    def number(self) -> str:
        """The case number."""
        return format_number(self.key[1], self.key[0])

    @property
    def reporter(self) -> Person:
        """Who asks: a resident who may make the reporter's moves of this one case; who supports it may make none.

        Raises
        ------
        UnknownReport : it is not the reporter.
        """
        if self.support is not None:
            raise UnknownReport(number=self.number)
        return Person(name=queries.ACTOR, reporter_of=self.number)


def secret_of_new(links: Links, territory: str, key: Key) -> str:
    """The secret of a report that was just stored, which nobody can have replaced yet."""
    return _secret(links, territory, format_number(key[1], key[0]), 0)


async def secret_for(connection: AsyncConnection, links: Links, territory: str, key: Key) -> str:
    """The secret of a report, as it is at present."""
    generation = await first_value(connection, queries.GENERATION_OF_KEY, {"id": key[0], "at": key[1]})
    return _secret(links, territory, format_number(key[1], key[0]), generation or 0)


def secret_of_support(links: Links, territory: str, key: Key, support: int) -> str:
    """The secret by which somebody follows a case that they support."""
    return f"{support}.{links.secret(f'support {territory} {format_number(key[1], key[0])} {support}')}"


async def prove(connection: AsyncConnection, links: Links, territory: str, number: str, secret: str) -> Proven:
    """The case of a number and its secret.

    Raises
    ------
    UnknownReport : there is none, or the secret is another's, was replaced or never was: always the same, as quickly.
    """
    month, report_id = parse_number(number) or NOWHERE
    asked = {"territory": territory, "month": month, "id": report_id}
    row = await (await connection.execute(queries.GENERATION, asked)).fetchone()
    found_id, received_at, generation = row or (report_id, month, 0)
    proven = Proven(territory, (found_id, received_at), generation)
    head, dot, _ = secret.partition(".")
    if dot and head.isascii() and head.isdecimal() and len(head) < LONGEST_ID:
        proven = replace(proven, support=int(head))
        right = secret_of_support(links, territory, proven.key, int(head))
    else:
        right = _secret(links, territory, proven.number, generation)
    if not hmac.compare_digest(right.encode(), secret.encode()) or row is None:
        raise UnknownReport(number=number)
    return proven


async def replace_secret(connection: AsyncConnection, links: Links, proven: Proven) -> str:
    """Another secret for the case, which takes the place of the one that it was proven by.

    Raises
    ------
    UnknownReport : somebody else has replaced it meanwhile, or it is not the reporter.
    """
    if proven.support is not None:
        raise UnknownReport(number=proven.number)
    values = {"id": proven.key[0], "at": proven.key[1], "generation": proven.generation}
    generation = await first_value(connection, queries.REPLACE, values)
    if generation is None:
        raise UnknownReport(number=proven.number)
    return _secret(links, proven.territory, proven.number, generation)


def _secret(links: Links, territory: str, number: str, generation: int) -> str:
    return links.secret(f"report {territory} {number} {generation}")

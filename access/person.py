"""Who is asking: a person or a service, with what they were given to do, and where."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from wangge.access.roles import RIGHTS, Right, Role
from wangge.geo.errors import WanggeError

__all__ = ["ANYONE", "Grant", "NotAllowed", "NotSignedIn", "Person", "Scope"]


class NotSignedIn(WanggeError):
    """This needs somebody who is known."""

    kind = "not-signed-in"


class NotAllowed(WanggeError):
    """The asker's roles do not allow this here. Facts: `right` or `move`, `roles`."""

    kind = "not-allowed"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in one territory, for one cell and what lies in it, or for one organisation.

    Attributes
    ----------
    territory : None for every territory.
    level, code : key of the cell's level and its code; None for the whole territory.
    organisation : id, for the role of an organisation.
    """

    role: Role
    territory: str | None = None
    level: str | None = None
    code: str | None = None
    organisation: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases of a territory somebody sees.

    Those in the cells, those that a desk of the cells has or has a task in, and those of the organisations' tasks.

    Attributes
    ----------
    cells : (level key, code) pairs; None for the whole territory; empty for none.
    """

    territory: str
    cells: frozenset[tuple[str, str]] | None = frozenset()
    organisations: frozenset[int] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether every case of the territory is seen."""
        return self.cells is None

    def covers(self, path: Iterable[tuple[str, str]]) -> bool:
        """Whether a cell lies in the scope's cells, by the (level key, code) of itself and of the cells above it."""
        return self.cells is None or any(place in self.cells for place in path)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks: a member of staff, a service with a key, or anyone.

    Attributes
    ----------
    account : id of the account, None without one.
    name : what events call the actor, such as "li.na" or "service:hotline".
    rights : what a key is confined to; None for all that the roles give.
    key : id of the key, None without one.
    reporter_of : number of the case that the asker has proved to have reported; empty for none.
    """

    account: int | None = None
    name: str = "resident"
    grants: tuple[Grant, ...] = field(default_factory=tuple)
    rights: frozenset[Right] | None = None
    reporter_of: str = ""
    key: int | None = None

    def grants_in(self, territory: str) -> tuple[Grant, ...]:
        """What the person was given in a territory."""
        return tuple(grant for grant in self.grants if grant.territory in (None, territory))

    def roles_in(self, territory: str) -> frozenset[Role]:
        """The roles as which the person may make moves in a territory; everybody is a resident."""
        acting = [grant.role for grant in self.grants_in(territory) if self.has(Right.MOVE, grant.role)]
        return frozenset({Role.RESIDENT, *acting})

    def may(self, right: Right, territory: str) -> bool:
        """Whether one of the person's roles in the territory has a right."""
        roles = {Role.RESIDENT, *(grant.role for grant in self.grants_in(territory))}
        return any(self.has(right, role) for role in roles)

    def may_anywhere(self, right: Right) -> bool:
        """Whether the person has a right in some territory."""
        return any(self.has(right, role) for role in {Role.RESIDENT, *(grant.role for grant in self.grants)})

    def has(self, right: Right, role: Role) -> bool:
        """Whether a role gives the person a right; a key may be confined to less."""
        return right in RIGHTS[role] and (self.rights is None or right in self.rights)

    def scope(self, territory: str, right: Right = Right.READ) -> Scope:
        """Where in the territory the person has a right.

        Raises
        ------
        NotSignedIn, NotAllowed : nowhere.
        """
        having = [grant for grant in self.grants_in(territory) if self.has(right, grant.role)]
        if not having:
            raise self.refusal(right, territory)
        places = [grant for grant in having if grant.organisation is None]
        whole = any(grant.level is None or grant.code is None for grant in places)
        cells = frozenset((g.level, g.code) for g in places if g.level is not None and g.code is not None)
        organisations = frozenset(grant.organisation for grant in having if grant.organisation is not None)
        return Scope(territory, None if whole else cells, organisations)

    def sender(self, territory: str) -> str:
        """Under what name the ids are kept that the person sends to a territory; empty for whoever is nobody there."""
        if not self.grants_in(territory):
            return ""
        return self.name if self.account is None else f"account {self.account}"

    def refusal(self, right: Right, territory: str | None = None) -> NotSignedIn | NotAllowed:
        """Why a right is not had: nobody is known, or the roles do not give it."""
        if self is ANYONE or (self.account is None and not self.grants):
            return NotSignedIn()
        grants = self.grants if territory is None else self.grants_in(territory)
        return NotAllowed(right=right.value, roles=sorted({grant.role.value for grant in grants}))


ANYONE = Person()
"""A resident, or whoever else asks without an account."""

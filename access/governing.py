"""Who administers whom, and who looks on: one gives only what lies in the territories that one administers. Pure."""

from collections.abc import Iterable

from wangge.access.person import Grant, NotAllowed, Person
from wangge.access.roles import Right, Role

__all__ = ["EVERYTHING", "governs", "require_over", "sees"]

EVERYTHING = Grant(Role.ADMINISTRATOR)


def governs(person: Person, grant: Grant) -> bool:
    """Whether a person may give this, or take it back: an administrator of everything, or of its whole territory."""
    return _over(person, grant, Right.EDIT_ACCOUNTS)


def sees(person: Person, grant: Grant) -> bool:
    """Whether a person is told of this: who may give it, and an auditor of everything, or of its whole territory."""
    return _over(person, grant, Right.EDIT_ACCOUNTS) or _over(person, grant, Right.READ_AUDIT)


def _over(person: Person, grant: Grant, right: Right) -> bool:
    over = [held for held in person.grants if person.has(right, held.role)]
    whole = [held for held in over if held.level is None and held.organisation is None]
    return any(held.territory is None or held.territory == grant.territory for held in whole)


def require_over(person: Person, grants: Iterable[Grant]) -> None:
    """Raise NotAllowed unless a person may decide about an account or a key that has these grants.

    A password that is set is a way into all of them, so that one grant beyond one's territories is enough to refuse.
    What has nothing belongs to nobody's territory: to decide about it, one administers everything.
    """
    if not all(governs(person, grant) for grant in tuple(grants) or (EVERYTHING,)):
        raise NotAllowed(right=Right.EDIT_ACCOUNTS.value, roles=sorted({grant.role.value for grant in person.grants}))

"""Who may do what: roles and their rights, one pure table."""

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["RIGHTS", "Right", "Role"]


class Role(StrEnum):
    """What somebody is to a territory. A resident has no account; everybody else acts only inside their cells."""

    RESIDENT = "resident"
    OFFICER = "officer"
    ASSISTANT = "assistant"
    COMMUNITY_DESK = "community-desk"
    STREET_DESK = "street-desk"
    CENTRE = "centre"
    ORGANISATION = "organisation"
    PLANNER = "planner"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Right(StrEnum):
    """Something that a role may do, apart from the moves of a case, which name their roles themselves."""

    FILE = "file"  # send a report in
    FILE_MANY = "file-many"  # send a batch in
    READ = "read"  # cases and their history, inside one's cells
    READ_CONTACT = "read-contact"  # how to answer the reporter; every reading is logged
    READ_FIGURES = "read-figures"
    EXPORT = "export"
    READ_ROSTER = "read-roster"
    EDIT_ROSTER = "edit-roster"  # officers, organisations, desks
    EDIT_RULES = "edit-rules"  # routing, limits, categories, indicators
    EDIT_ACCOUNTS = "edit-accounts"
    READ_AUDIT = "read-audit"
    MOVE = "move"  # make those moves of a case that name one of one's roles; for keys, which may lack it


_ACTS = {Right.FILE, Right.READ, Right.MOVE}
_SEES = {*_ACTS, Right.READ_FIGURES, Right.READ_ROSTER}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.RESIDENT: frozenset({Right.FILE}),
    Role.ASSISTANT: frozenset(_ACTS),
    Role.OFFICER: frozenset({*_SEES, Right.READ_CONTACT}),
    Role.COMMUNITY_DESK: frozenset({*_SEES, Right.READ_CONTACT, Right.EXPORT}),
    Role.STREET_DESK: frozenset({*_SEES, Right.READ_CONTACT, Right.EXPORT}),
    Role.CENTRE: frozenset({*_SEES, Right.FILE_MANY, Right.READ_CONTACT, Right.EXPORT}),
    Role.ORGANISATION: frozenset(_ACTS),
    Role.PLANNER: frozenset({*_SEES, Right.EXPORT}),
    Role.ADMINISTRATOR: frozenset(
        {*_SEES, Right.FILE_MANY, Right.EXPORT, Right.EDIT_ROSTER, Right.EDIT_RULES, Right.EDIT_ACCOUNTS}
    ),
    Role.AUDITOR: frozenset({*_SEES, Right.READ_AUDIT}),
}

"""Who may do what: roles and their rights, one pure table. Beside each stands what docs/roles.md says of it."""

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["RIGHTS", "Right", "Role"]


class Role(StrEnum):
    """What somebody is to a territory. A resident has no account; everybody else acts only inside their cells."""

    RESIDENT = "resident"  # nobody signed in
    OFFICER = "officer"  # responsible for a base grid
    ASSISTANT = "assistant"  # assists on a base grid
    COMMUNITY_DESK = "community-desk"  # a community
    STREET_DESK = "street-desk"  # a street
    CENTRE = "centre"  # a territory
    ORGANISATION = "organisation"  # the cases in which it has a task
    PLANNER = "planner"  # a territory
    ADMINISTRATOR = "administrator"  # a territory, or all
    AUDITOR = "auditor"  # a territory


class Right(StrEnum):
    """Something that a role may do, apart from the moves of a case, which name their roles themselves."""

    FILE = "file"  # send a report in
    FILE_MANY = "file-many"  # send a batch in
    READ = "read"  # cases with their history
    READ_CONTACT = "read-contact"  # how to answer the reporter; each reading is on record
    READ_FIGURES = "read-figures"  # exact counts, heat and indicators
    EXPORT = "export"  # exports
    READ_ROSTER = "read-roster"  # officers, organisations, desks
    EDIT_ROSTER = "edit-roster"  # change those
    EDIT_RULES = "edit-rules"  # routing, limits, categories, indicators
    EDIT_ACCOUNTS = "edit-accounts"  # accounts, grants and keys
    READ_AUDIT = "read-audit"  # who read contacts, what was erased, what was changed; accounts and keys
    PLAN = "plan"  # drafts of the grid: begin, redraw and discard them
    AUDIT = "audit"  # draw closed cases and judge whether they are solved
    MOVE = "move"  # the moves of a case that name the role; a key may lack it
    CHECK = "check"  # tell what was seen at the places of a campaign's checklists


_ACTS = {Right.FILE, Right.READ, Right.MOVE}
_SEES = {*_ACTS, Right.READ_FIGURES, Right.READ_ROSTER}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.RESIDENT: frozenset({Right.FILE}),
    Role.ASSISTANT: frozenset({*_ACTS, Right.CHECK}),
    Role.OFFICER: frozenset({*_SEES, Right.READ_CONTACT, Right.CHECK}),
    Role.COMMUNITY_DESK: frozenset({*_SEES, Right.READ_CONTACT, Right.EXPORT, Right.CHECK}),
    Role.STREET_DESK: frozenset({*_SEES, Right.READ_CONTACT, Right.EXPORT, Right.CHECK}),
    Role.CENTRE: frozenset({*_SEES, Right.FILE_MANY, Right.READ_CONTACT, Right.EXPORT, Right.CHECK}),
    Role.ORGANISATION: frozenset(_ACTS),
    Role.PLANNER: frozenset({*_SEES, Right.EXPORT, Right.PLAN}),
    Role.ADMINISTRATOR: frozenset(
        {
            *_SEES,
            Right.FILE_MANY,
            Right.EXPORT,
            Right.EDIT_ROSTER,
            Right.EDIT_RULES,
            Right.EDIT_ACCOUNTS,
            Right.PLAN,
            Right.CHECK,
        }
    ),
    Role.AUDITOR: frozenset({*_SEES, Right.READ_AUDIT, Right.AUDIT}),
}

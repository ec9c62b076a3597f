"""The roster as CSV: one row for each posting, and a second file for leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wangge.data.messages import words_in_all
from wangge.duty.entries import Entry
from wangge.duty.findings import Finding, unknown
from wangge.duty.roster import ROLES, Leave, Officer, Posting
from wangge.duty.sheets import Sheet, sheet_text
from wangge.geo.files.spelling import Zeros

__all__ = ["LEAVE", "ROSTER", "leave_of", "leave_text", "roster_of", "roster_text"]

ROSTER = ("number", "name", "phone", "active", "cell", "role", "valid_from", "valid_to")
"""Columns of the roster."""

LEAVE = ("number", "away_from", "back_on", "substitute")
"""Columns of the leave."""


def roster_of(sheet: Sheet, stored: Mapping[str, Officer], base: str) -> tuple[list[Officer], list[Finding]]:
    """Entries out of the rows of a roster, and what is wrong with the rows.

    An officer keeps postings that no row speaks of; a row changes the posting with its officer, cell and first day.

    Parameters
    ----------
    base : key of the level of the base grids.
    """
    findings = [*sheet.findings, *sheet.lacks("number", "name")]
    officers: dict[str, Officer] = {}
    if findings and not sheet.rows:
        return [], findings
    for record, values in sheet.rows:
        entry = Entry(record, values, findings)
        entry.only(ROSTER)
        officer = _officer(entry, stored)
        if officer is None:
            continue
        first = officers.get(officer.number)
        if first is None:
            first = officers[officer.number] = officer
        elif (first.name, first.phone, first.active) != (officer.name, officer.phone, officer.active):
            entry.note("name", "differs", officer.name, other=first.record)
        posting = _posting(entry, base)
        if posting is not None:
            officers[officer.number] = _with(first, posting, findings)
    return list(officers.values()), findings


def leave_of(
    sheet: Sheet, stored: Mapping[str, Officer], changed: Sequence[Officer] = ()
) -> tuple[list[Officer], list[Finding]]:
    """Entries with the leave of the rows, and what is wrong with these.

    An officer keeps leave that no row speaks of; a row changes the leave with its officer and first day.

    Parameters
    ----------
    changed : entries that are to be stored as well; they come back, with their leave.
    """
    findings = [*sheet.findings, *sheet.lacks("number", "away_from", "back_on")]
    officers = {officer.number: officer for officer in changed}
    known = Zeros({**stored, **officers})
    for record, values in sheet.rows:
        entry = Entry(record, values, findings)
        entry.only(LEAVE)
        number, substitute = entry.code("number"), entry.code("substitute", required=False)
        away_from, back_on = entry.day("away_from"), entry.day("back_on")
        officer = officers.get(number or "") or stored.get(number or "")
        if officer is None and number is not None:
            findings.append(unknown(record, "number", "unknown_officer", number, known))
        if officer is None or away_from is None or back_on is None:
            continue
        kept = tuple(leave for leave in officer.leave if leave.away_from != away_from or leave.record)
        leave = Leave(away_from, back_on, substitute, record)
        officers[officer.number] = replace(officer, leave=(*kept, leave))
    return list(officers.values()), findings


def roster_text(roster: Iterable[Officer]) -> str:
    """The roster as CSV, in the order of numbers; an officer without a posting has one row without a cell."""
    rows: list[Sequence[Any]] = []
    for officer in sorted(roster, key=lambda one: one.number):
        who = (officer.number, officer.name, officer.phone, "true" if officer.active else "false")
        told = sorted(officer.postings, key=lambda posting: (posting.place, posting.valid_from))
        rows += [(*who, one.place[1], one.role, one.valid_from, one.valid_to) for one in told]
        if not told:
            rows.append((*who, None, None, None, None))
    return sheet_text(list(ROSTER), rows)


def leave_text(roster: Iterable[Officer]) -> str:
    """The leave of a roster as CSV."""
    rows = [
        (officer.number, leave.away_from, leave.back_on, leave.substitute)
        for officer in sorted(roster, key=lambda one: one.number)
        for leave in sorted(officer.leave, key=lambda one: one.away_from)
    ]
    return sheet_text(list(LEAVE), rows)


def _officer(entry: Entry, stored: Mapping[str, Officer]) -> Officer | None:
    number, name = entry.code("number"), entry.text("name")
    phone, active = entry.text("phone", required=False), entry.flag("active", True)
    if number is None or name is None:
        return None
    before = stored.get(number)
    postings = before.postings if before else ()
    leave = before.leave if before else ()
    return Officer(number, name, phone, active, postings, leave, entry.record)


def _posting(entry: Entry, base: str) -> Posting | None:
    """The posting of a row; a row without a cell has none."""
    entry.understand("role", {word: role for role in ROLES for word in (role, *words_in_all("posting-roles", role))})
    if all(entry.values.get(field) in (None, "") for field in ("cell", "role", "valid_from", "valid_to")):
        return None
    cell, role = entry.code("cell"), entry.one_of("role", ROLES)
    valid_from, valid_to = entry.day("valid_from"), entry.day("valid_to", required=False)
    if cell is None or role is None or valid_from is None:
        return None
    return Posting((base, cell), role, valid_from, valid_to, entry.record)


def _with(officer: Officer, posting: Posting, findings: list[Finding]) -> Officer:
    """An officer with a posting, in place of the stored one with the same cell and first day."""
    kept = []
    for one in officer.postings:
        if (one.place[1], one.valid_from) != (posting.place[1], posting.valid_from):
            kept.append(one)
        elif one.record:
            findings.append(Finding(posting.record, "cell", "twice", posting.place[1], {"other": one.record}))
            return officer
    return replace(officer, postings=(*kept, posting))

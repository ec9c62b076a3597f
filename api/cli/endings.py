"""How a command ends that cannot do what it was asked: what is printed, and its exit code."""

import sys

import psycopg
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wangge.api.cli.terminal import console
from wangge.geo.errors import WanggeError
from wangge.store.engine import DatabaseFull, is_full
from wangge.store.migrated import NotMigrated

__all__ = ["exit_code"]

REFUSED, WRONG_USAGE = 1, 2


class NoDatabase(WanggeError):
    """The database cannot be reached, or lets nobody in: `reason`, in its own words."""

    kind = "no-database"


class BadSettings(WanggeError):
    """Variables that cannot be read: `settings`, each with what is wrong."""

    kind = "bad-settings"


def exit_code(error: Exception) -> int | None:
    """Say what went wrong on standard error; the exit code, or None for a defect of the program."""
    try:
        console.language()
    except ValidationError as unreadable:  # a setting: that is told first, in any language
        error = unreadable
    refusal = _refusal(error)
    if refusal is None:
        return None
    console.say(refusal)
    if "--json" in sys.argv:  # who reads the output by a program reads this too
        console.print_problem(refusal)
    return WRONG_USAGE if isinstance(refusal, BadSettings) else REFUSED


def _refusal(error: Exception) -> WanggeError | None:
    match error:
        case WanggeError():
            return error
        case psycopg.errors.UndefinedTable() | psycopg.errors.UndefinedColumn() | psycopg.errors.UndefinedFunction():
            return NotMigrated()
        case psycopg.OperationalError() if is_full(error):
            return DatabaseFull()
        case psycopg.OperationalError() | psycopg.errors.InsufficientPrivilege():
            return NoDatabase(reason=str(error).strip())
        case ValidationError():
            return BadSettings(settings="; ".join(f"{_variable(entry)}: {entry['msg']}" for entry in error.errors()))
    return None


def _variable(entry: ErrorDetails) -> str:
    return "WANGGE_" + "_".join(str(part) for part in entry["loc"]).upper()

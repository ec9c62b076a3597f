"""How a command ends that cannot do what it was asked: what is printed, and its exit code."""

import sys

import psycopg
from pydantic import ValidationError

from wangge.api.cli.terminal import console
from wangge.geo.errors import WanggeError
from wangge.store.engine import DatabaseFull, is_full
from wangge.store.migrated import NotMigrated

__all__ = ["exit_code"]

REFUSED, WRONG_USAGE = 1, 2


def exit_code(error: Exception) -> int | None:
    """Say what went wrong on standard error; the exit code, or None for a defect of the program."""
    match error:
        case WanggeError():
            console.say(error)
            if "--json" in sys.argv:  # who reads the output by a program reads this too
                console.print_problem(error)
            return REFUSED
        case psycopg.errors.UndefinedTable() | psycopg.errors.UndefinedColumn() | psycopg.errors.UndefinedFunction():
            console.say(NotMigrated())
            return REFUSED
        case psycopg.OperationalError() if is_full(error):
            console.say(DatabaseFull())
            return REFUSED
        case psycopg.OperationalError() | psycopg.errors.InsufficientPrivilege():
            console.err.print(f"[red]database:[/red] {str(error).strip()}", soft_wrap=True)
            return REFUSED
        case ValidationError():
            for entry in error.errors():
                name = "WANGGE_" + "_".join(str(part) for part in entry["loc"]).upper()
                console.err.print(f"[red]{name}[/red]: {entry['msg']}", soft_wrap=True)
            return WRONG_USAGE
    return None

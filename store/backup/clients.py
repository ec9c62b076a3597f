"""The client programs of PostgreSQL that copy databases: found, and run with what they say."""

import os
import re
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from wangge.geo.errors import WanggeError
from wangge.store.postgres.binaries import places, program_version

__all__ = ["ClientFailed", "Clients", "ClientsMissing", "find_clients"]

PROGRAMS = ("pg_dump", "pg_restore")
LAST_WORDS = 20
"""Lines of what a program said that are told when it fails."""


class ClientsMissing(WanggeError):
    """There is no pg_dump and pg_restore that is new enough for the server."""

    kind = "backup-clients-missing"


class ClientFailed(WanggeError):
    """A client program ended with an error; `log` is the tail of what it said."""

    kind = "backup-client-failed"


class Clients:
    """pg_dump and pg_restore of one folder, for one database.

    Parameters
    ----------
    url : of the database; its password is handed on in the environment, where other users of the machine do not see it.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        parameters = {key: str(value) for key, value in conninfo_to_dict(url).items()}
        password = parameters.pop("password", None)
        self._database = make_conninfo("", **parameters)
        self._environment = os.environ | {"LC_ALL": "C", "PGTZ": "UTC"} | ({"PGPASSWORD": password} if password else {})

    def run(self, name: str, arguments: Sequence[str], heard: Callable[[str], None], lock: int | None = None) -> None:
        """Run one of the programs with the database; each line that it says is handed to `heard`.

        Parameters
        ----------
        lock : an open file that the program holds too, so that it is known to run even if we were killed.
        """
        command = [str(self._folder / name), f"--dbname={self._database}", "--verbose", "--no-password", *arguments]
        said: deque[str] = deque(maxlen=LAST_WORDS)
        with subprocess.Popen(  # noqa: S603 - a program of PostgreSQL, with our own arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=self._environment,
            umask=0o077,
            pass_fds=() if lock is None else (lock,),
        ) as process:
            try:
                assert process.stderr is not None  # noqa: S101 - it is a pipe
                for line in process.stderr:
                    said.append(line)
                    heard(line)
            except BaseException:
                process.terminate()
                raise
        if process.returncode != 0:
            raise ClientFailed(program=name, log="".join(said).strip())


def find_clients(url: str, server_major: int, folder: Path | None = None) -> Clients:
    """The programs of the server's own major version, else of the next newer one.

    Parameters
    ----------
    folder : look only here (`WANGGE_PG_BIN`).

    Raises
    ------
    ClientsMissing
    """
    looked = [folder.expanduser().absolute()] if folder else places("pg_dump")
    there = [place for place in looked if all(os.access(place / name, os.X_OK) for name in PROGRAMS)]
    fit = [(major, place) for place in there if (major := program_version(place / "pg_dump")[0]) >= server_major]
    if not fit:
        raise ClientsMissing(server_major=server_major, looked_in=", ".join(map(str, looked)) or "PATH")
    return Clients(min(fit)[1], url)


def object_named(line: str, doing: str) -> str | None:
    """The table that a program says it is at, such as in `pg_dump: dumping contents of table "public.report"`."""
    found = re.search(rf'{doing} (?:for )?(?:of )?table "(?:public\.)?([^"]+)"', line)
    return found[1] if found else None

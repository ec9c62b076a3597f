"""A hash of all that migrating executes, by which a start finds that nothing is to be done."""

import hashlib

from wangge.data import HOME

__all__ = ["fingerprint"]

SOURCES = ("access/roles.py", "migrations/*.py", "migrations/versions/*.py", "reports/**/*.py", "tilesets/sql/*.sql")
"""What migrating executes: the roles, the revisions, the functions that draw tiles, the triggers of `reports`."""


def fingerprint() -> str:
    """The hash of this program's revisions, functions and triggers; it takes some milliseconds."""
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for file in sorted(HOME.glob(pattern)):
            digest.update(f"{file.relative_to(HOME)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()

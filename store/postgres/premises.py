"""Whom the embedded server runs as, and the private folders it lives in."""

import hashlib
import os
import pwd
import subprocess
from contextlib import suppress
from pathlib import Path

from wangge.geo.errors import WanggeError

__all__ = [
    "ClusterDenied",
    "NoServerAccount",
    "choose_folder",
    "own_folder",
    "owner_name",
    "server_account",
    "socket_folder",
    "user_name",
]

_FAR_PLACE = Path("/var/lib/wangge")
_SOCKET_PATH_BYTES = 100  # the kernel's limit is 107, 103 on macOS


class ClusterDenied(WanggeError):
    """The cluster's folder may not be read or written by this user."""

    kind = "cluster-denied"


class NoServerAccount(WanggeError):
    """We are root, which PostgreSQL refuses to run as, and there is no account `postgres`."""

    kind = "cluster-no-account"


def choose_folder(near: Path) -> Path:
    """The folder of a cluster that would like to live at `near`.

    It is elsewhere when `near` is a symbolic link, or will be one: when we are root and the server's user cannot
    reach the place, as in a clone under /root.
    """
    if near.is_symlink():
        return Path(os.path.normpath(near.parent / near.readlink()))
    if os.geteuid() == 0 and not near.exists() and not _may_enter(near.parent, server_account(near)):
        return _FAR_PLACE / _short_hash(near)
    return near


def socket_folder(folder: Path) -> Path:
    """The folder of the server's socket: `run/` in its own, or a short one where the path would be too long."""
    near = folder / "run"
    # The kernel's addresses are short, and the server's setting is a list with its own quoting.
    if len(os.fsencode(near / ".s.PGSQL.5432.lock")) <= _SOCKET_PATH_BYTES and not set(",'\"\\\n") & set(str(near)):
        return near
    return Path(f"/tmp/wangge-{server_account(folder).pw_uid}-{_short_hash(folder)}")  # noqa: S108 (own_folder checks)


def server_account(folder: Path) -> pwd.struct_passwd:
    """Whom the server runs as: ourselves; for root the owner of an existing cluster, else `postgres`."""
    uid = os.geteuid()
    if uid == 0:
        with suppress(OSError):
            uid = folder.stat().st_uid
    if uid == 0:
        try:
            return pwd.getpwnam("postgres")
        except KeyError:
            raise NoServerAccount from None
    try:
        return pwd.getpwuid(uid)
    except KeyError:  # a container's bare number
        return pwd.struct_passwd((str(uid), "x", uid, os.getegid(), "", "/", ""))


def own_folder(folder: Path, account: pwd.struct_passwd) -> None:
    """Make a private folder of the account; one that somebody else has put there is refused."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    found = folder.lstat()
    is_ours = found.st_uid in (account.pw_uid, os.geteuid())
    if folder.is_symlink() or not folder.is_dir() or not is_ours:
        raise ClusterDenied(path=str(folder), user=account.pw_name, owner=owner_name(folder))
    if found.st_uid != account.pw_uid:
        os.chown(folder, account.pw_uid, account.pw_gid)
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def owner_name(path: Path) -> str:
    """Name of the owner of a path, or of the nearest folder above it that can be seen."""
    for seen in (path, *path.parents):
        with suppress(OSError):
            return user_name(seen.lstat().st_uid)
    return "?"


def user_name(uid: int) -> str:
    """Name of a user, or its number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _may_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    while not folder.exists():
        folder = folder.parent
    answer = subprocess.run(  # noqa: S603
        ["test", "-x", str(folder)],  # noqa: S607
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=os.getgrouplist(account.pw_name, account.pw_gid),
        check=False,
        cwd="/",
    )
    return answer.returncode == 0


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]

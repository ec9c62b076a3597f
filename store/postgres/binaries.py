"""Server programs of PostgreSQL on this machine, and whether PostGIS came with them."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from wangge.geo.errors import WanggeError

__all__ = [
    "OLDEST_POSTGIS",
    "OLDEST_POSTGRES",
    "Binaries",
    "PostgisMissing",
    "PostgisTooOld",
    "find_binaries",
    "parse_version",
    "places",
    "program_version",
]

OLDEST_POSTGRES = 15
OLDEST_POSTGIS = (3, 3)

_PROGRAMS = ("initdb", "pg_ctl", "postgres")
_USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # the RPMs of postgresql.org
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


class PostgisMissing(WanggeError):
    """No server programs with PostGIS were found."""

    kind = "postgis-missing"


class PostgisTooOld(WanggeError):
    """Server programs with PostGIS were found, but none that is new enough."""

    kind = "postgis-too-old"


@dataclass(frozen=True)
class Binaries:
    """A folder of server programs, their version, and the version of their PostGIS."""

    folder: Path
    version: tuple[int, ...]
    postgis: tuple[int, ...]

    @property
    def major(self) -> int:
        return self.version[0]

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(folder: Path | None = None, major: int | None = None) -> Binaries:
    """The newest server programs that have PostGIS.

    Parameters
    ----------
    folder : Path, optional
        Look only here (`WANGGE_PG_BIN`).
    major : int, optional
        Prefer this major version: a data folder can be opened by its own major version only. Another one is
        returned when it is not installed.

    Raises
    ------
    PostgisMissing, PostgisTooOld
        Naming the command that installs what is needed.
    """
    looked = [folder.expanduser().absolute()] if folder else places()
    servers = [place for place in looked if all(os.access(place / name, os.X_OK) for name in _PROGRAMS)]
    found = [binaries for place in servers if (binaries := _inspect(place))]
    fit = [b for b in found if b.major >= OLDEST_POSTGRES and b.postgis >= OLDEST_POSTGIS]
    if fit:
        return max(fit, key=lambda b: (b.major == major, b.version))
    if found:
        best = max(found, key=lambda b: b.version)
        raise PostgisTooOld(
            found=f"PostgreSQL {_dotted(best.version)} + PostGIS {_dotted(best.postgis)}",
            needed=f"PostgreSQL ≥ {OLDEST_POSTGRES} + PostGIS ≥ {_dotted(OLDEST_POSTGIS)}",
            command=_install_command([]),
        )
    raise PostgisMissing(
        looked_in=", ".join(map(str, looked)) or "/usr/lib/postgresql",
        command=_install_command([program_version(place / "postgres")[0] for place in servers]),
    )


def parse_version(text: str) -> tuple[int, ...]:
    """The leading numbers of a version: "3.5.0rc1" is (3, 5, 0)."""
    found = re.match(r"\d+(\.\d+)*", text.strip())
    return tuple(map(int, found[0].split("."))) if found else (0,)


def places(program: str = "postgres") -> list[Path]:
    """Folders in which programs of PostgreSQL usually are, and the one where this one is found by its name."""
    found = [path for pattern in _USUAL_PLACES for path in Path("/").glob(pattern.lstrip("/"))]
    if on_path := shutil.which(program):
        found.append(Path(on_path).resolve().parent)
    return list(dict.fromkeys(found))


def _inspect(folder: Path) -> Binaries | None:
    control = _share(folder) / "extension" / "postgis.control"
    try:
        default = re.search(r"default_version\s*=\s*'([^']+)'", control.read_text())
    except OSError:
        return None
    return Binaries(folder, program_version(folder / "postgres"), parse_version(default[1])) if default else None


def _share(folder: Path) -> Path:
    """The folder of the extensions' control files, which distributions keep far from the programs."""
    if os.access(folder / "pg_config", os.X_OK):
        return Path(_ask(folder / "pg_config", "--sharedir"))
    if folder.parent.parent == Path("/usr/lib/postgresql"):
        return Path("/usr/share/postgresql") / folder.parent.name
    return folder.parent / "share"


def program_version(program: Path) -> tuple[int, ...]:
    """The version that a program of PostgreSQL says it is."""
    # "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
    return parse_version(_ask(program, "--version").partition(") ")[2])


def _ask(program: Path, question: str) -> str:
    answer = subprocess.run([program, question], capture_output=True, text=True, check=True, timeout=20)  # noqa: S603
    return answer.stdout.strip()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _install_command(servers: list[int]) -> str:
    """The command that installs PostGIS: for the newest server that is here, else for the distribution's own."""
    if not shutil.which("apt-get"):
        return f"PostgreSQL ≥ {OLDEST_POSTGRES} + PostGIS ≥ {_dotted(OLDEST_POSTGIS)}"
    major = max(servers, default=0)
    if major < OLDEST_POSTGRES:
        major = _offered_by_apt() or major
    if major >= OLDEST_POSTGRES:
        return f"sudo apt-get install postgresql-{major} postgresql-{major}-postgis-3"
    if not major:  # apt has not fetched its lists
        return "sudo apt-get update && sudo apt-get install postgresql postgresql-postgis"
    # Ubuntu 22.04 stops at 14; the project's own archive has every version.
    return (
        "sudo apt-get install postgresql-common && sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y"
        " && sudo apt-get install postgresql-17 postgresql-17-postgis-3"
    )


def _offered_by_apt() -> int:
    """Major version that the distribution's `postgresql` package stands for; 0 when apt does not know it."""
    try:
        told = subprocess.run(
            ["apt-cache", "depends", "postgresql"],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    return max(map(int, re.findall(r"Depends: postgresql-(\d+)", told)), default=0)

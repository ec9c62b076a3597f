"""Server processes that are killed and started again, and everything else that there is to kill."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.conftest import free_port
from wangge.store.postgres.cluster import Cluster

__all__ = ["PROGRAM", "Servers"]

PROGRAM = [sys.executable, "-c", "from wangge.api.cli import main; main()"]
WEIGHTS = {"server": 45, "postgres": 25, "backend": 15, "import": 15}


class Servers:
    """Some `wangge serve` over one embedded cluster, each on a port that it keeps.

    Attributes
    ----------
    importing : the process of an import that is under way.
    killed : how many of each were killed.
    """

    def __init__(self, home: Path, many: int) -> None:
        self.cluster = Cluster(home)
        self.ports = [free_port() for _ in range(many)]
        self.importing: subprocess.Popen[bytes] | None = None
        self.killed: Counter[str] = Counter()
        self._log = (home / "serve.log").open("ab")
        self.environment = os.environ | {
            "WANGGE_HOME": str(home),
            "WANGGE_INTAKE_RATE": "",  # all of the load comes from one address
            "WANGGE_LOG_LEVEL": "warning",
            "WANGGE_SWEEP_S": "5",
        }
        self.environment.pop("WANGGE_DATABASE_URL", None)
        self._running = [self._start(port) for port in self.ports]

    def urls(self) -> list[str]:
        """Where they answer."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def kill_something(self, dice: random.Random, kind: str | None = None) -> str | None:
        """SIGKILL one part of it, and start a server again that is gone; None where there was nothing of the kind."""
        kind = kind or dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        pid = self._victim(kind, dice)
        if pid is None:
            return None
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.killed[kind] += 1
        self.see_to()
        return kind

    def see_to(self) -> None:
        """Start those again that are not running."""
        for n, process in enumerate(self._running):
            if process.poll() is not None:
                self._running[n] = self._start(self.ports[n])

    def stop(self) -> None:
        """End all of it."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait(60)
        self._log.close()

    def _victim(self, kind: str, dice: random.Random) -> int | None:
        if kind == "import":
            return self.importing.pid if self.importing and self.importing.poll() is None else None
        if kind == "server":
            process = dice.choice(self._running)
            return process.pid if process.poll() is None else None
        postmaster = self.cluster.status().pid
        if kind == "postgres" or postmaster is None:
            return postmaster
        # A session of the program: the server sees it die, cuts all the others and replays its log.
        sessions = [
            int(stat.parent.name)
            for stat in Path("/proc").glob("[0-9]*/cmdline")
            if _reads(stat).startswith(b"postgres: wangge wangge") and _parent(stat.parent) == postmaster
        ]
        return dice.choice(sessions) if sessions else None

    def _start(self, port: int) -> "subprocess.Popen[bytes]":
        environment = self.environment | {"WANGGE_PORT": str(port)}
        return subprocess.Popen([*PROGRAM, "serve"], env=environment, stderr=self._log, stdout=self._log)


def _reads(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it is gone
        return b""


def _parent(process: Path) -> int:
    status = _reads(process / "stat").rpartition(b")")[2].split()
    return int(status[1]) if status else 0

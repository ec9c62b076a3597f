"""A real object storage that speaks S3 (SeaweedFS), which a test may kill and start again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.conftest import free_port

__all__ = ["Storage", "storage_in"]

KEY, SECRET = "wangge", "of this test alone"
MAY = {"name": "w", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin", "Read", "Write"]}


class Storage:
    """One process with master, volume, filer and the gateway that speaks S3, all on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "s3.json").write_text(json.dumps({"identities": [MAY]}))

    @property
    def variables(self) -> dict[str, str]:
        """What the program is told to come in with."""
        return {
            "AWS_ENDPOINT": f"http://127.0.0.1:{self._ports['s3']}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }

    def start(self) -> None:
        """Return once it takes and gives; tried again where somebody took a port between its finding and its use."""
        for _ in range(3):
            self._begin()
            if self._comes_up():
                return
        raise AssertionError("SeaweedFS ended")

    def _begin(self) -> None:
        program = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        assert program, "the tests of the object storage need SeaweedFS: scripts/setup.sh test"
        here: dict[str, Any] = {"ip": "127.0.0.1", "ip.bind": "127.0.0.1", "dir": self._folder}
        here |= {f"{name}.port": port for name, port in self._ports.items()}
        here |= {f"{name}.port.grpc": free_port() for name in self._ports}
        here |= {"s3.config": self._folder / "s3.json", "s3.port.iceberg": 0, "s3.port.lance": 0}
        here |= {"volume.max": 10, "master.volumeSizeLimitMB": 64}
        command = [program, "server", "-filer", "-s3", "-s3.iam=false", *(f"-{k}={v}" for k, v in here.items())]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _comes_up(self) -> bool:
        assert self._process is not None
        end = time.monotonic() + 60
        while not self._takes():
            if self._process.poll() is not None:
                return False
            assert time.monotonic() < end, "SeaweedFS does not come up"
            time.sleep(0.1)
        return True

    def kill(self) -> None:
        """As by a power cut."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _takes(self) -> bool:
        filer = f"http://127.0.0.1:{self._ports['filer']}/looked"
        try:
            with httpx2.Client(timeout=2, trust_env=False) as client:
                client.get(self.variables["AWS_ENDPOINT"])
                return client.put(filer, content=b"x").is_success and client.get(filer).content == b"x"
        except httpx2.HTTPError:
            return False


@contextmanager
def storage_in(folder: Path) -> Iterator[Storage]:
    """One that runs, with nothing in it."""
    storage = Storage(folder)
    storage.start()
    try:
        yield storage
    finally:
        storage.kill()

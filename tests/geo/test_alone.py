"""Locks of folders: who holds one may remove it, and whoever waited meanwhile holds the new one."""

import shutil
import threading
from pathlib import Path

from wangge.geo.alone import alone, locked


def test_who_waited_for_a_lock_that_is_removed_holds_the_new_one(tmp_path: Path) -> None:
    path, held = tmp_path / "one" / ".lock", []

    def wait() -> None:
        with locked(path, wait=True) as mine:
            held.append((mine, path.exists()))

    with alone(tmp_path, "one") as first, alone(tmp_path, "one") as second:
        assert (first, second) == (True, False)
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.1)
        assert not held
        shutil.rmtree(path.parent)
    thread.join(10)
    assert held == [(True, True)]

"""A PostGIS of a benchmark's own, gone afterwards."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wangge.store.postgres.cluster import Cluster

__all__ = ["own_cluster"]


@contextmanager
def own_cluster(home: Path | None = None) -> Iterator[Cluster]:
    """A running server with nothing in it; one with a home folder is kept there, with what is in it."""
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as folder:
        place = home or Path(folder)
        place.mkdir(exist_ok=True)
        place.chmod(0o755)  # the server's own user must get in
        cluster = Cluster(place)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()

"""Where objects lie: a folder of this machine, or an object storage that an address names."""

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.store import LocalStore, ObjectStore, from_url

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

__all__ = ["folder", "open_remote", "open_store"]

PATIENCE: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}


def open_store(address: str) -> ObjectStore:
    """A folder, made where it is missing, or the object storage of an address. Raises obstore's errors, ValueError."""
    return open_remote(address) if "://" in address else folder(Path(address))


def folder(path: Path) -> ObjectStore:
    """A folder as a store, made where it is missing, readable by its owner alone."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(path)


def open_remote(url: str) -> ObjectStore:
    """The object storage of an address such as `s3://bucket/folder`; the variables `AWS_…` say how to come in."""
    plain = os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true")  # which options of ours would set aside
    options: ClientConfig = {"timeout": "20s", "connect_timeout": "5s", "allow_http": plain}
    return from_url(url, retry_config=PATIENCE, client_options=options)

"""The compiled scan of the columns: there, or said to be missing. There is no slow way round but the database."""

from types import ModuleType

from wangge.geo.cover import KernelMissing

try:
    from wangge.patterns.columns import _columns
except ImportError:  # said by whoever needs it, so that `wangge doctor` can still run
    _columns = None  # type: ignore[assignment]

__all__ = ["kernel"]


def kernel() -> ModuleType:
    """The compiled module; raises KernelMissing."""
    if _columns is None:
        raise KernelMissing
    return _columns

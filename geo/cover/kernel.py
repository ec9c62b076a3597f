"""The compiled part of the program: there, or said to be missing. There is no slow way round."""

from types import ModuleType

from wangge.geo.errors import WanggeError

try:
    from wangge.geo.cover import _cover
except ImportError:  # said by whoever needs it, so that `wangge doctor` can still run
    _cover = None  # type: ignore[assignment]

__all__ = ["KernelMissing", "kernel"]


class KernelMissing(WanggeError):
    """The compiled part of the program is not there."""

    kind = "kernel-missing"


def kernel() -> ModuleType:
    """The compiled module; raises KernelMissing."""
    if _cover is None:
        raise KernelMissing
    return _cover

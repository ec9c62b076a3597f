"""Rows that two people may change at once: whoever read an older version than the stored one is told so."""

from wangge.geo.errors import WanggeError

__all__ = ["NoCondition", "Stale"]


class Stale(WanggeError):
    """Somebody else has changed it since it was read. Facts: `version`, the current one."""

    kind = "stale"


class NoCondition(WanggeError):
    """A change that must say which version it changes, and does not."""

    kind = "no-condition"

"""The compiled cover: polygons turned into an adaptive grid that answers a point in nanoseconds, exactly."""

from wangge.geo.cover.cover import OUTSIDE, Cover, Hits, UnsoundCover
from wangge.geo.cover.kernel import KernelMissing, kernel
from wangge.geo.cover.wkb import points_of_wkb

__all__ = ["OUTSIDE", "Cover", "Hits", "KernelMissing", "UnsoundCover", "kernel", "points_of_wkb"]

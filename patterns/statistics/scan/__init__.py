"""The space-time permutation scan: is there somewhere, lately, more than the city's own rhythm explains?"""

from wangge.patterns.statistics.scan.cylinders import Cluster, Events, Scan, null_scores, scan
from wangge.patterns.statistics.scan.zones import Zones

__all__ = ["Cluster", "Events", "Scan", "Zones", "null_scores", "scan"]

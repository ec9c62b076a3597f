"""Whether a territory's cells make a grid: the proof, its defects, and the repair of what is safe."""

from wangge.geo.coverage.check import DEFAULT_TOLERANCE_M, check
from wangge.geo.coverage.defects import Defect
from wangge.geo.coverage.repair import Repair, repair

__all__ = ["DEFAULT_TOLERANCE_M", "Defect", "Repair", "check", "repair"]

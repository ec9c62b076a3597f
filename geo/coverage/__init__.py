"""Whether a territory's cells make a grid: the proof, its defects, and the repair of what is safe."""

from geo.coverage.check import DEFAULT_TOLERANCE_M, check
from geo.coverage.defects import Defect
from geo.coverage.repair import Repair, repair

__all__ = ["DEFAULT_TOLERANCE_M", "Defect", "Repair", "check", "repair"]

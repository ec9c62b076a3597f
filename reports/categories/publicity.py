"""What anybody sees of the cases of a category."""

from enum import StrEnum

__all__ = ["Publicity"]


class Publicity(StrEnum):
    """Declared by the territory for each category: for lamps and potholes, say, not for disputes."""

    COUNTS = "counts"  # nothing but the published counts
    STREET = "street"  # each case with its state, on the nearest edge of its base grid, where streets run
    EXACT = "exact"  # each case with its state where it was reported

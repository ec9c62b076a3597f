"""The patterns of emerging hot spots, as ESRI publishes them."""

from enum import StrEnum

__all__ = ["Pattern"]


class Pattern(StrEnum):
    """What a place was over time; each but `none` is of hot spots or of cold ones."""

    NEW = "new"
    CONSECUTIVE = "consecutive"
    INTENSIFYING = "intensifying"
    PERSISTENT = "persistent"
    DIMINISHING = "diminishing"
    SPORADIC = "sporadic"
    OSCILLATING = "oscillating"
    HISTORICAL = "historical"
    NONE = "none"

"""What is made of a file that somebody sent as a photo. Pure; the decoders are elsewhere (`developing`)."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["COLUMNS", "Cell", "Developed", "Hint", "NotAPhoto", "rows_of"]

COLUMNS = 32
"""Squares across a picture, by which parts of it are covered."""

Cell = tuple[int, int]
"""A square: its column and its row, from the top left."""


def rows_of(width: int, height: int) -> int:
    """Squares down a picture, so that they are about square."""
    return max(1, int(COLUMNS * height / width + 0.5))


class NotAPhoto(Exception):
    """A file that is not taken. `reason` says why."""

    def __init__(self, reason: Literal["format", "pixels", "broken"]) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Hint:
    """What the camera said: when it was, and where (WGS-84)."""

    taken_at: str | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Developed:
    """The two pictures as JPEG; `likeness` is a 64-bit difference hash, near for pictures that look alike."""

    large: bytes
    small: bytes
    width: int
    height: int
    likeness: int
    hint: Hint

    def facts(self) -> dict[str, Any]:
        """All but the pictures."""
        return {"width": self.width, "height": self.height, "likeness": self.likeness, "hint": asdict(self.hint)}

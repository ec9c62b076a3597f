"""Which photos a category asks for when a case of it is reported back."""

from enum import StrEnum

__all__ = ["Proof"]


class Proof(StrEnum):
    """Declared by the territory for each category: asked for where a photo decides whether something is done."""

    NONE = "none"
    AFTER = "after"  # one of what was done
    BOTH = "before-and-after"  # one of before, with the report or since, and one of what was done

    def least(self, before: int) -> int:
        """So many photos must come with the report back, where the case has some from before."""
        match self:
            case Proof.NONE:
                return 0
            case Proof.AFTER:
                return 1
            case Proof.BOTH:
                return 1 if before else 2

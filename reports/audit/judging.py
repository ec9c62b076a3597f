"""How a closed case is judged. Pure."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Judgement", "Means", "Verdict"]


class Verdict(StrEnum):
    """Whether what was reported is solved."""

    SOLVED = "solved"
    NOT_SOLVED = "not-solved"
    CANNOT_TELL = "cannot-tell"


class Means(StrEnum):
    """What a case was judged by."""

    EVIDENCE = "evidence"  # photos and words
    ON_THE_SPOT = "on-the-spot"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody found of a case."""

    verdict: Verdict
    means: Means
    note: str | None = None

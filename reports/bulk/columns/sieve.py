"""Sieve: which rows of a batch still stand, and why the others fell."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wangge.geo.errors import WanggeError
from wangge.geo.files.soundtexts import bytes_as_text

__all__ = ["BadValue", "Refusal", "Sieve"]


class BadValue(WanggeError):
    """A value that its field does not take. Facts: `field`, `reason` (a kind of `[fields]` in the wording)."""

    kind = "bad-field"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the record in a row is not stored: the field, what it held, and the error that says the rest."""

    row: int
    field: str
    got: str
    error: WanggeError


@dataclass(slots=True)
class Sieve:
    """The rows (n) that stand; a row falls once, for the first reason found."""

    standing: NDArray[np.bool_]
    refusals: list[Refusal] = field(default_factory=list)

    @classmethod
    def of(cls, rows: int) -> "Sieve":
        """A sieve in which every row stands."""
        return cls(np.ones(rows, dtype=np.bool_))

    def drop(self, wrong: NDArray[np.bool_], field: str, got: pa.Array | None, reason: str, **facts: Any) -> None:
        """The rows where `wrong` holds fall, because the value `got` of a field is not what it should be."""
        for row in self.falling(wrong):
            said = got[row].as_py() if got is not None else None
            self.refuse(row, field, said, BadValue(field=field, reason=reason, **facts))

    def falling(self, wrong: NDArray[np.bool_]) -> list[int]:
        """Rows where `wrong` holds and that still stand."""
        rows: list[int] = np.flatnonzero(wrong & self.standing).tolist()
        return rows

    def refuse(self, row: int, field: str, got: Any, error: WanggeError) -> None:
        """One row falls."""
        self.standing[row] = False
        told = bytes_as_text(got) if isinstance(got, bytes) else "" if got is None else str(got)
        self.refusals.append(Refusal(row, field, told, error))

"""What is wrong with the entries of a file or of a request: which entry, which field, what was expected."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wangge.geo.errors import WanggeError
from wangge.geo.files.spelling import Zeros

__all__ = ["BadEntries", "Finding", "refuse", "unknown"]

MOST = 100
"""So many findings are told; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault.

    Attributes
    ----------
    record : 1-based number of the entry; 0 for the whole.
    field : the column or the key.
    reason : a kind of the wording's `[fields]`.
    got : what stood there.
    facts : what the wording names.
    """

    record: int
    field: str
    reason: str
    got: Any = None
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)


def unknown(record: int, field: str, reason: str, code: str, known: Zeros, **facts: Any) -> Finding:
    """A code that names nothing, with the one that it may be when a spreadsheet has taken its zeros."""
    if other := known.lost(code):
        return Finding(record, field, "zeros_missing", code, {"other": other})
    return Finding(record, field, reason, code, facts)


class BadEntries(WanggeError):
    """Entries that cannot be taken; nothing was stored. Facts: `count`, `errors` with the findings, `file`."""

    kind = "bad-entries"


def refuse(findings: Sequence[Finding], file: str = "") -> None:
    """Raise BadEntries if there is any finding, in the order of the records."""
    if findings:
        told = [
            {"record": one.record, "field": one.field, "kind": one.reason, "got": one.got, "facts": one.facts}
            for one in sorted(findings, key=lambda one: one.record)[:MOST]
        ]
        raise BadEntries(count=len(findings), errors=told, **({"file": file} if file else {}))

"""What the reports room refuses."""

from wangge.geo.errors import WanggeError

__all__ = [
    "BadArgument",
    "CategoryInUse",
    "DoubleColumn",
    "IdempotencyConflict",
    "MissingColumn",
    "MissingPlace",
    "MoveRefused",
    "NoAssets",
    "NotDegrees",
    "NothingInside",
    "OutsideGrid",
    "UnknownCategory",
    "UnknownCell",
    "UnknownField",
    "UnknownGroup",
    "UnknownReport",
]


class OutsideGrid(WanggeError):
    """No base grid covers the point.

    Facts: `nearest` {code, name, distance_m} or None; `swapped` is True when exchanging lon and lat would land inside,
    and `zero` when both are 0, which is what programs write where there is no place.
    """

    kind = "outside-grid"


class UnknownCategory(WanggeError):
    """The territory takes no such category. Facts: `category`, `known` (codes)."""

    kind = "unknown-category"


class UnknownGroup(WanggeError):
    """The territory does not group its categories so. Facts: `group`, `known` (codes)."""

    kind = "unknown-group"


class CategoryInUse(WanggeError):
    """Cases are of this category, so it cannot go. Facts: `category`."""

    kind = "category-in-use"


class UnknownReport(WanggeError):
    """No report of the territory has this number."""

    kind = "unknown-report"


class UnknownCell(WanggeError):
    """The territory's edition has no such cell."""

    kind = "unknown-cell"


class IdempotencyConflict(WanggeError):
    """The Idempotency-Key was used before with another body."""

    kind = "idempotency-conflict"


class MoveRefused(WanggeError):
    """The case does not take this move now. Facts: `move`, `state`, `why` (a slug), `open` (names of moves)."""

    kind = "move-refused"


class BadArgument(WanggeError):
    """Something that comes with a move is missing or cannot be. Facts: `field`, `reason`."""

    kind = "bad-field"


class UnknownField(WanggeError):
    """A mapping names a field that reports do not have."""

    kind = "unknown-field"


class MissingColumn(WanggeError):
    """A column that a report needs, or that the mapping names, is not in the file."""

    kind = "missing-column"


class DoubleColumn(WanggeError):
    """Several columns could hold a field. Facts: `field`, `found`."""

    kind = "double-column"


class MissingPlace(WanggeError):
    """The file has neither lon and lat nor a geometry."""

    kind = "missing-place"


class NotDegrees(WanggeError):
    """The coordinates of a whole file are no degrees. Facts: `records`, `lon`, `lat` of the first."""

    kind = "not-degrees"


class NothingInside(WanggeError):
    """Of the first many records, not one lies in the territory: the file or the reading of it is wrong."""

    kind = "nothing-inside"


class NoAssets(WanggeError):
    """A file without a record, which would end every asset of the kind. Facts: `territory`, `what` (its kind)."""

    kind = "no-assets"

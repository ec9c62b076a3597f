"""What can be wrong with a vector file: apart from its readers, which take a while to import."""

from wangge.geo.errors import WanggeError

__all__ = ["BadFeature", "BadRecords", "MissingField", "MissingFile", "NoFeatures", "UnreadableFile"]


class MissingFile(WanggeError):
    """The file is not there."""

    kind = "missing-file"


class UnreadableFile(WanggeError):
    """The file is there and cannot be read to its end: `reason`, in the words of the reader."""

    kind = "unreadable-file"


class MissingField(WanggeError):
    """The layer has no field of that name; `expected` lists those it has."""

    kind = "missing-field"


class BadFeature(WanggeError):
    """A record is not what it is given as: `record` counts from 1, `found` and `expected` in words, `what` it is."""

    kind = "bad-feature"


class BadRecords(WanggeError):
    """Records whose fields cannot be taken. Facts: `count`, `errors` (record, field, kind, got, facts), `file`."""

    kind = "bad-entries"


class NoFeatures(WanggeError):
    """Nothing of the file lies in or near the territory; `read` records were looked at."""

    kind = "no-features"

"""The archive's index: which months there are, and up to where they follow the feed. Written last."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import orjson

from wangge.reports.feed.events import BadMark, Mark

__all__ = ["INDEX", "Index", "Month", "path_of"]

INDEX = "_index.json"
"""Readers of whole folders (Spark, Arrow) pass over what begins so."""
FORM = 1


def path_of(territory: str, month: str) -> str:
    """Where the reports of a month lie, such as 2025-06; readers know both columns by the names of the folders."""
    return f"territory={territory}/month={month}/reports.parquet"


@dataclass(frozen=True, slots=True)
class Month:
    """The file of one month. `versions` is the sum of the cases' versions, which goes up with every move."""

    path: str
    rows: int
    versions: int
    bytes: int
    sha256: str
    mark: str


@dataclass(slots=True)
class Index:
    """What the archive holds: `months` by territory and month, each territory `made_for` what its files depend on."""

    mark: Mark
    written_at: str = ""
    made_for: dict[str, str] = field(default_factory=dict)
    months: dict[tuple[str, str], Month] = field(default_factory=dict)

    def of(self, territory: str) -> Iterator[str]:
        """The months of a territory."""
        return (month for code, month in self.months if code == territory)

    def as_bytes(self) -> bytes:
        """As JSON."""
        territories = {
            code: {
                "made_for": made_for,
                "months": {month: asdict(self.months[code, month]) for month in sorted(self.of(code))},
            }
            for code, made_for in sorted(self.made_for.items())
        }
        told = {
            "form": FORM,
            "mark": str(self.mark),
            "written_at": self.written_at,
            "partitioning": "hive",
            "territories": territories,
        }
        return orjson.dumps(told, option=orjson.OPT_INDENT_2)

    @classmethod
    def parse(cls, data: bytes) -> "Index | None":
        """The index that these bytes are; None where they are none, so that everything is made anew."""
        try:
            told = orjson.loads(data)
            if told["form"] != FORM:
                return None
            index = cls(Mark.parse(told["mark"]), told["written_at"])
            for code, territory in told["territories"].items():
                index.made_for[code] = territory["made_for"]
                index.months |= {(code, month): Month(**said) for month, said in territory["months"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, BadMark):
            return None
        return index

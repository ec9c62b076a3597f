"""Filters by CQL2, turned into SQL of our own: every value a parameter, every name one that is known, and no more of
anything than is bounded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import shapely

from wangge.api.ogc.collection import Collection
from wangge.api.ogc.cql2text import MOST_DEEP, FilterFault, parse_text
from wangge.api.ogc.crs import Crs, box_of, transformed
from wangge.api.ogc.properties import Kind, Property, parse_value

__all__ = ["FilterFault", "condition_of", "parse_json"]

MOST_NODES, MOST_LISTED, MOST_VERTICES, MOST_SPATIAL, MOST_WILD = 400, 1_000, 10_000, 10, 8
LONGEST = 64_000
LARGEST = 1e300
GEOMETRY = "geometry"
COMPARED = ("=", "<>", "<", "<=", ">", ">=")
NUMBERS = (Kind.NUMBER, Kind.COUNT)
TIMES = (Kind.TIME, Kind.DAY)
SPATIAL = {
    f"s_{name}": f"ST_{name.capitalize()}"
    for name in ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
}
# By the beginnings and the ends of both: Allen's intervals, in which a moment begins and ends at once.
TEMPORAL = {
    "after": "{s} > {f}",
    "before": "{e} < {b}",
    "contains": "{s} < {b} AND {e} > {f}",
    "disjoint": "({e} < {b} OR {s} > {f})",
    "during": "{s} > {b} AND {e} < {f}",
    "equals": "{s} = {b} AND {e} = {f}",
    "finishedby": "{s} < {b} AND {e} = {f}",
    "finishes": "{s} > {b} AND {e} = {f}",
    "intersects": "{s} <= {f} AND {e} >= {b}",
    "meets": "{e} = {b}",
    "metby": "{s} = {f}",
    "overlappedby": "{s} > {b} AND {s} < {f} AND {e} > {f}",
    "overlaps": "{s} < {b} AND {e} > {b} AND {e} < {f}",
    "startedby": "{s} = {b} AND {e} > {f}",
    "starts": "{s} = {b} AND {e} < {f}",
}
ARRAYS = {"a_contains": "{0} @> {1}", "a_containedby": "{0} <@ {1}", "a_overlaps": "{0} && {1}"}
ARRAYS["a_equals"] = "({0} @> {1} AND {0} <@ {1})"
FOLDED = "ARRAY(SELECT lower(one) FROM unnest({many}) AS one)"
# What cannot be divided has no quotient, and no row is an error.
ARITHMETIC = {
    "+": "({0} + {1})",
    "-": "({0} - {1})",
    "*": "({0} * {1})",
    "/": "({0} / nullif({1}, 0))",
    "div": "trunc({0} / nullif({1}, 0))",
    "%": "({0} - {1} * trunc({0} / nullif({1}, 0)))",
    "^": "power({0}, {1})",
}


def parse_json(text: str) -> Any:
    """A filter as JSON. Raises FilterFault."""
    if len(text) > LONGEST:
        raise FilterFault("filter_large")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FilterFault("filter_syntax", at=error.pos + 1) from None


def condition_of(
    text: str, language: str, collection: Collection, crs: Crs, zone: ZoneInfo
) -> tuple[str, dict[str, Any]]:
    """SQL that holds for the features that a filter lets through, and its parameters.

    What is reckoned can be an error (a number too large), which must tell nothing of what the asker does not see: then
    the collection's own condition is decided first.

    Parameters
    ----------
    language : `cql2-text` or `cql2-json`.
    crs : of the geometries in it.
    zone : whose days are meant.

    Raises
    ------
    FilterFault
    """
    tree = parse_json(text) if language == "cql2-json" else parse_text(text)
    writer = _Writer(collection, crs, zone)
    condition = writer.boolean(tree, 0)
    if writer.reckons:
        condition = f"CASE WHEN {collection.where} THEN {condition} ELSE false END"
    return condition, writer.values


def _fault(reason: str, **facts: Any) -> FilterFault:
    return FilterFault(reason, **facts)


Typed = tuple[str, Kind]


@dataclass
class _Writer:
    collection: Collection
    crs: Crs
    zone: ZoneInfo
    values: dict[str, Any] = field(default_factory=dict)
    nodes: int = 0
    spatial: int = 0
    vertices: int = 0
    reckons: bool = False

    def value(self, value: Any, cast: str) -> str:
        """A value as a parameter."""
        name = f"filter_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s::{cast}"

    def known(self, name: Any) -> Property:
        for one in self.collection.queryables:
            if one.name == name:
                return one
        raise _fault("filter_unknown", name=str(name)[:64])

    def met(self, node: Any, depth: int) -> tuple[str, list[Any]]:
        """The operator of a node, in small letters, and what it works on."""
        self.nodes += 1
        if depth > MOST_DEEP * 5 or self.nodes > MOST_NODES:
            raise _fault("filter_large")
        if (
            not isinstance(node, Mapping)
            or not isinstance(node.get("op"), str)
            or not isinstance(node.get("args"), list)
        ):
            raise _fault("filter_types", op="")
        return node["op"].lower(), node["args"]

    def asked(self, nodes: Sequence[Any]) -> Property | None:
        """The first of some nodes that is a property."""
        names = (one["property"] for one in nodes if isinstance(one, Mapping) and "property" in one)
        return next(map(self.known, names), None)

    def counted(self, op: str, args: Sequence[Any], number: int) -> Sequence[Any]:
        if len(args) != number:
            raise _fault("filter_types", op=op[:32])
        return args

    def boolean(self, node: Any, depth: int) -> str:
        """What is true or false."""
        if isinstance(node, bool):
            return "true" if node else "false"
        if isinstance(node, Mapping) and "property" in node:
            one = self.known(node["property"])
            if one.kind is not Kind.FLAG:
                raise _fault("filter_types", op=one.name)
            return f"({one.sql})"
        op, args = self.met(node, depth)
        if op in ("and", "or"):
            if not args:
                raise _fault("filter_types", op=op)
            return "(" + f" {op.upper()} ".join(self.boolean(one, depth + 1) for one in args) + ")"
        if op == "not":
            return f"(NOT {self.boolean(self.counted(op, args, 1)[0], depth + 1)})"
        if op in SPATIAL:
            return self.placed(op, args)
        if op.startswith("t_") and op[2:] in TEMPORAL:
            return self.timed(op, args)
        if op in ARRAYS:
            asked = self.asked(self.counted(op, args, 2))
            left, right = (self.array(one, asked) for one in args)
            return ARRAYS[op].format(left, right)
        writers: dict[str, Callable[[str, Sequence[Any], int], str]] = dict.fromkeys(COMPARED, self.compared)
        writers |= {"between": self.between, "in": self.among, "like": self.like, "isnull": self.is_null}
        if op not in writers:
            raise _fault("filter_types", op=op[:32])
        return writers[op](op, args, depth + 1)

    def scalar(self, node: Any, depth: int, near: Kind | None = None) -> Typed:
        """One value, with its kind.

        Parameters
        ----------
        near : what it is compared with, by which a text may be a time.
        """
        if isinstance(node, Mapping) and "property" in node:
            one = self.known(node["property"])
            return f"({one.sql})", one.kind
        if isinstance(node, Mapping) and "op" in node:
            return self.worked_out(node, depth)
        kind, value = self.literal(node, near)
        return self.value(value, kind.value), kind

    def literal(self, node: Any, near: Kind | None = None) -> tuple[Kind, Any]:
        if isinstance(node, bool):
            return Kind.FLAG, node
        if isinstance(node, int | float):
            return Kind.NUMBER, self.number(node)
        if isinstance(node, str) and near not in TIMES:
            if "\0" in node:
                raise _fault("filter_types", op="")
            return Kind.TEXT, node
        try:
            if isinstance(node, Mapping) and set(node) == {"date"}:
                return Kind.DAY, date.fromisoformat(node["date"])
            told = node.get("timestamp") if isinstance(node, Mapping) else node
            if isinstance(told, str):
                kind = Kind.DAY if len(told) <= 10 and isinstance(node, str) else Kind.TIME
                return kind, parse_value(kind, told)
        except (ValueError, TypeError):
            pass
        raise _fault("filter_types", op="")

    def number(self, node: int | float) -> float:
        if not abs(node) <= LARGEST:  # nor is what is no number
            raise _fault("filter_types", op="")
        return float(node)

    def worked_out(self, node: Any, depth: int) -> Typed:
        """What an operator makes of values."""
        op, args = self.met(node, depth)
        if op == "casei":
            sql, kind = self.scalar(self.counted(op, args, 1)[0], depth + 1)
            if kind is not Kind.TEXT:
                raise _fault("filter_types", op=op)
            return f"lower({sql})", kind
        if op not in ARITHMETIC:
            raise _fault("filter_types", op=op[:32])
        sides = [self.scalar(one, depth + 1) for one in self.counted(op, args, 2)]
        if not all(kind in NUMBERS for _, kind in sides):
            raise _fault("filter_types", op=op)
        self.reckons = True
        left, right = (f"({sql})::double precision" for sql, _ in sides)
        written = ARITHMETIC[op].format(left, right)
        if len(written) > LONGEST:  # what is on the right of % stands twice in it
            raise _fault("filter_large")
        return written, Kind.NUMBER

    def alike(self, op: str, nodes: Sequence[Any], depth: int) -> list[str]:
        """Values that can be compared, as SQL of one kind."""
        asked = self.asked(nodes)
        if asked and op in ("=", "<>"):
            nodes = [_known_as(one, asked) for one in nodes]
        sides = [self.scalar(one, depth, asked.kind if asked else None) for one in nodes]
        kinds = {Kind.NUMBER if kind is Kind.COUNT else kind for _, kind in sides}
        if kinds == set(TIMES):
            return [self.moment(*side) for side in sides]
        if len(kinds) != 1 or kinds == {Kind.TEXTS} or (kinds == {Kind.FLAG} and op not in ("=", "<>")):
            raise _fault("filter_types", op=op)
        return [sql for sql, _ in sides]

    def moment(self, sql: str, kind: Kind) -> str:
        """A day as the moment in which it begins."""
        return sql if kind is Kind.TIME else f"(({sql})::timestamp AT TIME ZONE '{self.zone.key}')"

    def compared(self, op: str, args: Sequence[Any], depth: int) -> str:
        left, right = self.alike(op, self.counted(op, args, 2), depth)
        return f"({left} {op} {right})"

    def between(self, op: str, args: Sequence[Any], depth: int) -> str:
        one, low, high = self.alike(op, self.counted(op, args, 3), depth)
        return f"({one} BETWEEN {low} AND {high})"

    def among(self, op: str, args: Sequence[Any], depth: int) -> str:
        one, listed = self.counted(op, args, 2)
        if not isinstance(listed, list) or len(listed) > MOST_LISTED:
            raise _fault("filter_large" if isinstance(listed, list) else "filter_types", op=op)
        sql, kind = self.scalar(one, depth)
        if asked := self.asked([one]):
            listed = [_known_as(each, asked) for each in listed]
        folded = [_folded(each) for each in listed]
        plain = [each if text is None else text for each, text in zip(listed, folded, strict=True)]
        read = [self.literal(each, kind) for each in plain]
        wanted = Kind.NUMBER if kind is Kind.COUNT else kind
        if any(each is not wanted for each, _ in read) or kind is Kind.TEXTS:
            raise _fault("filter_types", op=op)
        many = self.value([value for _, value in read], f"{wanted.value}[]")
        if any(text is not None for text in folded):
            many = FOLDED.format(many=many)
        return f"({sql} = ANY ({many}))"

    def like(self, op: str, args: Sequence[Any], depth: int) -> str:
        one, pattern = self.counted(op, args, 2)
        sql, kind = self.scalar(one, depth)
        text = pattern if isinstance(pattern, str) else _folded(pattern)
        if kind is not Kind.TEXT or text is None:
            raise _fault("filter_types", op=op)
        if text.count("%") > MOST_WILD or len(text) > 500:
            raise _fault("filter_large")
        if (len(text) - len(text.rstrip("\\"))) % 2 or "\0" in text:
            raise _fault("filter_types", op=op)
        written = self.value(text, "text")
        return f"({sql} LIKE {written if isinstance(pattern, str) else f'lower({written})'})"

    def is_null(self, op: str, args: Sequence[Any], depth: int) -> str:
        one = self.counted(op, args, 1)[0]
        if isinstance(one, Mapping) and one.get("property") == GEOMETRY:
            return f"({self.collection.geometry} IS NULL)"
        return f"({self.scalar(one, depth)[0]} IS NULL)"

    def array(self, node: Any, asked: Property | None) -> str:
        if isinstance(node, Mapping) and "property" in node:
            one = self.known(node["property"])
            if one.kind is Kind.TEXTS:
                return f"({one.sql})"
        listed = node if isinstance(node, list) else [node]  # one in parentheses
        if not all(isinstance(each, str) and "\0" not in each for each in listed) or len(listed) > MOST_LISTED:
            raise _fault("filter_types", op="a_")
        return self.value([_known_as(each, asked) for each in listed], "text[]")

    def timed(self, op: str, args: Sequence[Any]) -> str:
        (start, end), (begin, finish) = (self.span(one) for one in self.counted(op, args, 2))
        return f"({TEMPORAL[op[2:]].format(s=start, e=end, b=begin, f=finish)})"

    def span(self, node: Any) -> tuple[str, str]:
        """When something begins and ends: a moment, a day, or an interval."""
        if isinstance(node, Mapping) and set(node) == {"interval"}:
            if not isinstance(node["interval"], list):
                raise _fault("filter_types", op="interval")
            low, high = self.counted("interval", node["interval"], 2)
            start = "'-infinity'::timestamptz" if low == ".." else self.span(low)[0]
            return start, "'infinity'::timestamptz" if high == ".." else self.span(high)[1]
        if isinstance(node, Mapping) and "property" in node:
            one = self.known(node["property"])
            sql, kind = f"({one.sql})", one.kind
        else:
            kind, value = self.literal(node, Kind.TIME)
            sql = self.value(value, kind.value)
        if kind is Kind.DAY:
            return self.moment(sql, kind), f"({self.moment(f'({sql} + 1)', kind)} - interval '1 microsecond')"
        if kind is not Kind.TIME:
            raise _fault("filter_types", op="t_")
        return sql, sql

    def placed(self, op: str, args: Sequence[Any]) -> str:
        self.spatial += 1
        if self.spatial > MOST_SPATIAL:
            raise _fault("filter_large")
        left, right = (self.shape(one) for one in self.counted(op, args, 2))
        return f"{SPATIAL[op]}({left}, {right})"

    def shape(self, node: Any) -> str:
        if not isinstance(node, Mapping):
            raise _fault("filter_types", op="s_")
        if "property" in node:
            if node["property"] != GEOMETRY:
                raise _fault("filter_unknown", name=str(node["property"])[:64])
            return self.collection.geometry
        crs = self.crs
        if set(node) == {"bbox"}:
            read, crs = _boxed(node["bbox"], crs)
        else:
            try:
                read = shapely.from_geojson(orjson.dumps(node))
            except (shapely.errors.ShapelyError, TypeError):
                raise _fault("filter_geometry") from None
        if read is None or read.is_empty or not read.is_valid:
            raise _fault("filter_geometry")
        self.vertices += shapely.get_num_coordinates(read)
        if self.vertices > MOST_VERTICES:
            raise _fault("filter_large")
        try:
            placed = transformed(shapely.force_2d(read), crs, self.collection.srid)
        except ValueError:
            raise _fault("filter_geometry") from None
        if isinstance(placed, shapely.GeometryCollection) and type(placed) is shapely.GeometryCollection:
            raise _fault("filter_geometry")  # which few relations are defined for
        return f"ST_GeomFromWKB({self.value(shapely.to_wkb(placed), 'bytea')}, {self.collection.srid})"


def _known_as(node: Any, asked: Property | None) -> Any:
    """A text as what it is compared with has it, where the same is spelled in several ways; anything else as it is."""
    return asked.known_as(node) if asked and asked.known_as and isinstance(node, str) else node


def _folded(node: Any) -> str | None:
    """The text of a casei of a text; None for anything else."""
    if isinstance(node, Mapping) and str(node.get("op")).lower() == "casei":
        args = node.get("args")
        if isinstance(args, list) and len(args) == 1 and isinstance(args[0], str):
            return args[0]
    return None


def _boxed(numbers: Any, crs: Crs) -> tuple[Any, Crs]:
    """A box, which may lie over the antimeridian, with x before y."""
    told = isinstance(numbers, list) and all(
        isinstance(each, int | float) and not isinstance(each, bool) and abs(each) <= LARGEST for each in numbers
    )
    shape = box_of([float(each) for each in numbers], crs) if told else None
    if shape is None:
        raise _fault("filter_geometry")
    return shape, Crs(crs.uri, crs.srid, swapped=False, decimals=crs.decimals)

"""CQL2 as text, read into what CQL2 as JSON says: a parser whose work grows with the text and not faster. Pure.

Parsers made from the standard's grammar try every reading of a parenthesis, and each within the others.
"""

import re
from typing import Any, NamedTuple

import numpy as np
import orjson
import shapely

__all__ = ["MOST_DEEP", "FilterFault", "parse_text"]

LONGEST = 16_000
MOST_DEEP = 24
TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<text>'(?:''|\\'|[^'])*')
      | (?P<quoted>"[^"]+")
      | (?P<word>[^\W\d][\w.:]*)
      | (?P<sign><>|<=|>=|[=<>+\-*/%^(),])
    )""",
    re.VERBOSE,
)
SHAPES = {
    f"{many}{kind}" for many in ("", "MULTI") for kind in ("POINT", "LINESTRING", "POLYGON")
} | {"GEOMETRYCOLLECTION"}  # fmt: skip
COMPARED = ("=", "<>", "<", "<=", ">", ">=")
BINDING = {"or": 1, "and": 2} | dict.fromkeys((*COMPARED, "like", "between", "in", "is", "not"), 4)
BINDING |= dict.fromkeys("+-", 5) | dict.fromkeys(("*", "/", "%", "div"), 6) | {"^": 7}
NEGATED, NEGATIVE = 3, 8


class FilterFault(Exception):
    """A filter that is not taken: why, as a kind of `[fields]` in the wording, with its facts."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


class Token(NamedTuple):
    """A part of the text: what it is, what it says, where it begins and ends."""

    kind: str
    value: str
    start: int
    end: int


END = "end"


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at, last = 0, len(text.rstrip())
    while at < last:
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise FilterFault("filter_syntax", at=at + 1)
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup), match.end()))
        at = match.end()
    return [*found, Token(END, "", len(text), len(text))]


def parse_text(text: str) -> Any:
    """The expression that a text is, as CQL2 JSON has it. Raises FilterFault."""
    if len(text) > LONGEST:
        raise FilterFault("filter_large")
    parser = _Parser(text)
    told = parser.expression(0, 0)
    parser.expect(END)
    return told


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.at = text, _tokens(text), 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def fault(self) -> FilterFault:
        return FilterFault("filter_syntax", at=self.token.start + 1)

    def name(self) -> str:
        """The sign or word that comes next, in small letters."""
        return self.token.value.lower() if self.token.kind in ("sign", "word") else ""

    def take(self) -> Token:
        token = self.token
        self.at += token.kind != END
        return token

    def expect(self, what: str) -> Token:
        """Take what has to come: a sign, a word, or a kind of token."""
        if what not in (self.token.kind, self.name()):
            raise self.fault()
        return self.take()

    def expression(self, binding: int, depth: int) -> Any:
        """What comes next, as far as it is bound closer."""
        if depth > MOST_DEEP:
            raise FilterFault("filter_large")
        left = self.first(depth + 1)
        while (binds := BINDING.get(self.name(), 0)) > binding:
            name = self.name()
            if name in ("and", "or"):
                # As flat as it stands: what is joined a thousand times is not nested so often.
                args = [left]
                while self.name() == name:
                    self.take()
                    args.append(self.expression(binds, depth + 1))
                left = {"op": name, "args": args}
            elif binds == BINDING["is"]:
                left = self.compared(left, depth + 1)
            else:
                self.take()
                left = {"op": name, "args": [left, self.expression(binds - (name == "^"), depth + 1)]}
                depth += 1  # a chain of them is a tree as deep as it is long
                if depth > MOST_DEEP * 4:
                    raise FilterFault("filter_large")
        return left

    def compared(self, left: Any, depth: int) -> Any:
        """A comparison with what stands before it."""
        binds = BINDING["is"]
        negated = self.name() == "not" and bool(self.take())
        name = self.name()
        if negated and name not in ("like", "between", "in"):
            raise self.fault()
        self.take()
        if name in COMPARED:
            return {"op": name, "args": [left, self.expression(binds, depth)]}
        if name == "is":
            negated = self.name() == "not" and bool(self.take())
            self.expect("null")
            told: dict[str, Any] = {"op": "isNull", "args": [left]}
        elif name == "like":
            told = {"op": "like", "args": [left, self.expression(binds, depth)]}
        elif name == "between":
            low = self.expression(binds, depth)
            self.expect("and")
            told = {"op": "between", "args": [left, low, self.expression(binds, depth)]}
        else:
            self.expect("(")
            told = {"op": "in", "args": [left, self.listed(depth)]}
        return {"op": "not", "args": [told]} if negated else told

    def listed(self, depth: int) -> list[Any]:
        """What stands up to the closing parenthesis, parted by commas."""
        found: list[Any] = []
        if self.name() == ")":
            self.take()
            return found
        while True:
            found.append(self.expression(0, depth))
            if self.name() != ",":
                self.expect(")")
                return found
            self.take()

    def first(self, depth: int) -> Any:
        """An expression that nothing stands before."""
        token = self.take()
        if token.kind == "number":
            return float(token.value)  # however many digits it has
        if token.kind == "text":
            return token.value[1:-1].replace("''", "'").replace("\\'", "'")
        if token.kind == "quoted":
            return {"property": token.value[1:-1]}
        if token.kind == "sign":
            return self.signed(token, depth)
        if token.kind == "word":
            return self.worded(token, depth)
        raise self.fault()

    def signed(self, token: Token, depth: int) -> Any:
        if token.value == "(":
            inner = self.listed(depth)
            return inner[0] if len(inner) == 1 else inner
        if token.value in "+-":
            operand = self.expression(NEGATIVE, depth)
            if token.value == "+":
                return operand
            return -operand if isinstance(operand, int | float) else {"op": "*", "args": [-1, operand]}
        self.at -= 1
        raise self.fault()

    def worded(self, token: Token, depth: int) -> Any:
        word = token.value.lower()
        if word in ("true", "false"):
            return word == "true"
        if word == "not":
            return {"op": "not", "args": [self.expression(NEGATED, depth)]}
        if token.value.upper() in SHAPES and self.name() in ("(", "z", "m", "zm", "empty"):
            return self.shape(token)
        if self.name() != "(":
            if word in BINDING:
                self.at -= 1
                raise self.fault()
            return {"property": token.value}
        self.take()
        args = self.listed(depth)
        if word in ("date", "timestamp"):
            if len(args) != 1 or not isinstance(args[0], str):
                raise self.fault()
            return {word: args[0]}
        return {word: args} if word in ("interval", "bbox") else {"op": word, "args": args}

    def shape(self, token: Token) -> Any:
        """Well-known text, up to the parenthesis that closes it."""
        depth = 0
        while self.name() != "(":
            self.take()
        while True:
            name, end = self.name(), self.token.end
            depth += (name == "(") - (name == ")")
            if self.token.kind == END or depth > MOST_DEEP:
                raise self.fault()
            self.take()
            if depth == 0:
                break
        try:
            with np.errstate(all="ignore"):
                read = shapely.from_wkt(self.text[token.start : end])
        except shapely.errors.ShapelyError:
            raise FilterFault("filter_geometry") from None
        if not np.isfinite(shapely.get_coordinates(read)).all():
            raise FilterFault("filter_geometry")
        return orjson.loads(shapely.to_geojson(read))

"""Vector tiles of points, with one number each or described by more, written as Mapbox Vector Tile 2.1 says."""

from collections.abc import Mapping, Sequence

__all__ = ["described_points_tile", "points_tile"]

_VERSION = b"\x78\x02"  # field 15 of a layer: version 2


def points_tile(
    layer: str, xs: Sequence[int], ys: Sequence[int], key: str, values: Sequence[int], extent: int
) -> bytes:
    """The tile; empty bytes where there are no points.

    Parameters
    ----------
    xs, ys : in the tile's own coordinates, from 0 to extent.
    values : of n points, not negative.
    """
    if not values:
        return b""
    indices = {value: at for at, value in enumerate(dict.fromkeys(values))}
    # Each of these is repeated often, and none of what a feature is made of is as long as 128 bytes.
    tags = {value: _short(b"\x12", b"\x00" + _varint(at)) + b"\x18\x01" for value, at in indices.items()}
    digits = {at: _varint(2 * at) for at in {*xs, *ys}}  # zigzag
    features = []
    for x, y, value in zip(xs, ys, values, strict=True):
        features.append(_short(b"\x12", tags[value] + _short(b"\x22", b"\x09" + digits[x] + digits[y])))  # move to
    named = b"\x0a" + _sized(layer.encode())
    keys = b"\x1a" + _sized(key.encode())
    numbers = b"".join(b"\x22" + _sized(b"\x28" + _varint(value)) for value in indices)
    body = b"".join([named, *features, keys, numbers, b"\x28", _varint(extent), _VERSION])
    return b"\x1a" + _sized(body)


def described_points_tile(
    layer: str, xs: Sequence[int], ys: Sequence[int], described: Sequence[Mapping[str, int | str]], extent: int
) -> bytes:
    """The tile; empty bytes where there are no points.

    Parameters
    ----------
    xs, ys : in the tile's own coordinates, from 0 to extent.
    described : of n points; numbers are not negative.
    """
    if not described:
        return b""
    keys: dict[str, int] = {}
    values: dict[int | str, int] = {}
    features = []
    for x, y, description in zip(xs, ys, described, strict=True):
        tags = b"".join(
            _varint(keys.setdefault(key, len(keys))) + _varint(values.setdefault(value, len(values)))
            for key, value in description.items()
        )
        at = b"\x09" + _varint(2 * x) + _varint(2 * y)  # move to, zigzag
        features.append(b"\x12" + _sized(b"\x12" + _sized(tags) + b"\x18\x01\x22" + _sized(at)))
    words = b"".join(b"\x1a" + _sized(key.encode()) for key in keys)
    held = b"".join(b"\x22" + _sized(_value(value)) for value in values)
    body = b"".join([b"\x0a" + _sized(layer.encode()), *features, words, held, b"\x28", _varint(extent), _VERSION])
    return b"\x1a" + _sized(body)


def _value(value: int | str) -> bytes:
    return b"\x0a" + _sized(value.encode()) if isinstance(value, str) else b"\x28" + _varint(value)


def _short(field: bytes, content: bytes) -> bytes:
    return field + bytes((len(content),)) + content


def _sized(content: bytes) -> bytes:
    return _varint(len(content)) + content


def _varint(number: int) -> bytes:
    if number < 128:
        return bytes((number,))
    digits = bytearray()
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    digits.append(number)
    return bytes(digits)

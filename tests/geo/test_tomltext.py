"""Tables written as TOML read back as they were."""

import tomllib
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wangge.geo.files.tomltext import toml_text

texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), texts, st.dates(min_value=date(1000, 1, 1)))
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(texts, inner, min_size=1, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(texts, st.lists(st.dictionaries(texts, values, max_size=4), min_size=1, max_size=3), max_size=2))
def test_what_is_written_reads_back(arrays: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(arrays)) == arrays


def test_what_is_empty_is_left_out() -> None:
    assert toml_text({"rules": [{"a": None, "b": [], "c": {}, "d": [{"e": "中", "f": None}]}], "types": []}) == (
        '[[rules]]\nd = [\n    { e = "中" },\n]\n'
    )

"""Documents as TOML 1.0 text, for what is exported so that it can be read, changed and imported again."""

from collections.abc import Mapping, Sequence
from typing import Any

import tomli_w

__all__ = ["toml_text"]


def toml_text(document: Mapping[str, Any]) -> str:
    """A document as TOML; what is null or empty is left out, at every depth.

    Examples
    --------
    >>> print(toml_text({"rules": [{"categories": ("lamp",), "name": None}], "types": []}), end="")
    [[rules]]
    categories = [
        "lamp",
    ]
    """
    return tomli_w.dumps(_kept(document))


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _kept(part) for key, part in value.items() if _said(part)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_kept(part) for part in value]
    return value


def _said(value: Any) -> bool:
    return value is not None and value != [] and value != {} and value != ()

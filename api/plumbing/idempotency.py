"""Keys by which what is sent again is done once."""

from typing import Annotated

from fastapi import Header

from wangge.api.schemas.forms import ASCII

__all__ = ["REPLAYED", "IdempotencyKey"]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=ASCII,
        description="The same key with the same body gives the first answer again",
    ),
]

REPLAYED = {"Idempotent-Replayed": "true"}
"""The header of an answer to what was done before."""

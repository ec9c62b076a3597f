"""Changes under a condition (RFC 9110, If-Match): the version that is changed is the one that was read."""

import re
from typing import Annotated, Any

from fastapi import Depends, Header

from wangge.api.plumbing.refusals import refuses
from wangge.store.versions import NoCondition, Stale

__all__ = ["MADE", "TAGGED", "IfMatch", "MaybeIfMatch", "etag", "version_of"]

NOWHERE = -1
"""A version that nothing has."""

_TAG = re.compile(r'(?:W/)?"(\d{1,9})"')

_TOLD = {"ETag": {"description": "For `If-Match`", "schema": {"type": "string"}}}
_PLACE = {"Location": {"description": "Where it is found", "schema": {"type": "string"}}}
TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": _TOLD}}
MADE: dict[int | str, dict[str, Any]] = {201: {"headers": _TOLD | _PLACE}}
"""What the description says of answers that tell a version, and of those to what was made."""

ETag = Annotated[str | None, Header(alias="If-Match", description='The ETag of what was read, such as "3"')]


def etag(version: int) -> dict[str, str]:
    """The header that tells a version."""
    return {"ETag": f'"{version}"'}


def version_of(if_match: str | None) -> int | None:
    """The version that a header names: None for whichever is there, NOWHERE for what is none of ours; 0 is none yet."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = _TAG.fullmatch(if_match.strip())
    return int(tag[1]) if tag else NOWHERE


@refuses(Stale)
async def _maybe(if_match: ETag = None) -> int | None:
    version = version_of(if_match)
    if version == NOWHERE:
        raise Stale(version=None)
    return version


@refuses(Stale, NoCondition)
async def _needed(if_match: ETag = None) -> int | None:
    if if_match is None:
        raise NoCondition
    return await _maybe(if_match)


MaybeIfMatch = Annotated[int | None, Depends(_maybe)]
"""The version that a change is for; None for whichever is there."""

IfMatch = Annotated[int | None, Depends(_needed)]
"""The same, where it must be said: without the header 428, and `*` stands for whichever is there."""

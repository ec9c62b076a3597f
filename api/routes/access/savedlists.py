"""The lists of cases that a member of staff keeps under a name, over HTTP: each sees and changes their own."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from wangge.access import savedlists
from wangge.access.person import NotAllowed, Person
from wangge.access.roles import Right
from wangge.access.savedlists import TooManyLists, UnknownList
from wangge.api.plumbing.deps import Connection, CurrentGrid, Writing, require
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.access import SavedList, SavedListBody, SavedLists

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/saved-lists", tags=["access"])
Reader = Annotated[Person, require(Right.READ)]


@refuses(NotAllowed)
async def _account(reader: Reader, grid: CurrentGrid) -> int:
    if reader.account is None:  # a program has no lists of its own
        raise reader.refusal(Right.READ, grid.territory)
    return reader.account


Owner = Annotated[int, Depends(_account)]
ListId = Annotated[int, Path(alias="list", ge=1, le=2**63 - 1, description="Id of a saved list")]


@router.get("", response_model=SavedLists)
async def get_saved_lists(connection: Connection, grid: CurrentGrid, owner: Owner) -> dict[str, Any]:
    """The lists that one keeps here, by name."""
    found = await savedlists.saved_lists(connection, owner, grid.territory)
    return {"lists": [asdict(one) for one in found]}


@router.post("", status_code=201, response_model=SavedList)
@refuses(TooManyLists)
async def save_list(connection: Writing, grid: CurrentGrid, owner: Owner, body: SavedListBody) -> dict[str, Any]:
    """Keep a list under a name, in the place of the one that had it."""
    return asdict(await savedlists.save_list(connection, owner, grid.territory, body.name, body.query))


@router.delete("/{list}", status_code=204)
@refuses(UnknownList)
async def forget_list(connection: Writing, grid: CurrentGrid, owner: Owner, number: ListId) -> None:
    """Keep a list no longer."""
    await savedlists.forget_list(connection, owner, grid.territory, number)

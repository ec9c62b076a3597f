"""What other Open311 servers are declared with, and told of."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

from wangge.api.schemas.common import Short
from wangge.api.schemas.forms import ASCII, ONE_LINE, PEER_KEY
from wangge.outgoing.open311.declared import LARGEST_PAGE

__all__ = ["PeerBody", "PeerInfo", "PeerTrial", "Peers", "UntakenRequests"]

Words = Annotated[dict[Short, Short], Field(max_length=1000)]


class PeerBody(BaseModel):
    """A declaration, as `wangge open311 add` takes it in a file."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, StringConstraints(pattern=ONE_LINE, max_length=2000)] = Field(
        description="Of its calls, up to and with v2; of https"
    )
    jurisdiction_id: Annotated[str, StringConstraints(pattern=ONE_LINE, max_length=200)] | None = None
    program: Literal["georeport", "wangge"] = Field("georeport", description="`wangge` where it is this program")
    format: Literal["json", "xml"] = "json"
    page_size: Annotated[int, Strict(), Field(ge=1, le=LARGEST_PAGE)] | None = None
    updates: Annotated[bool, Strict()] = Field(True, description="Whether it knows `updated_after`")
    since: Annotated[str, StringConstraints(pattern=ASCII, max_length=40)] | None = Field(
        None, description="RFC 3339; when left out, from when it is declared, and what was said before stays"
    )
    states: Annotated[list[Short], Field(min_length=1, max_length=50)] | None = Field(
        None, description="In which a case here is posted; all that are open, when left out"
    )
    cells: Annotated[list[Short], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="LEVEL:CODE of those whose cases are posted; all, when left out"
    )
    status: Words = Field(default_factory=dict, description="Their words, as `open` or `closed`")
    pull: Words = Field(default_factory=dict, description="Our category by their service_code, `*` for every other")
    push: Words = Field(default_factory=dict, description="Their service_code by our category")
    key: Annotated[str, StringConstraints(pattern=PEER_KEY, max_length=500)] | None = Field(
        None,
        description="What it gave us. Empty: none. When left out, the one that there is stays, unless the address "
        "changes. It is never told again",
    )


class PeerTurn(BaseModel):
    seen: int
    taken: int = Field(description="Requests that became cases here")
    followed: int = Field(description="Requests whose status was followed")
    untaken: int
    sent: int = Field(description="Cases that were posted there")
    told: int = Field(description="Changes that were told there")
    refused: int


class PeerInfo(BaseModel):
    name: str
    url: str
    jurisdiction_id: str | None
    program: str
    format: str
    page_size: int
    updates: bool
    since: datetime = Field(description="Requests there and cases here are looked at from then on")
    states: list[str] | None
    cells: list[str] | None
    status: dict[str, str]
    pull: dict[str, str]
    push: dict[str, str]
    keyed: bool = Field(description="Whether a key of it was written down")
    looked_at: datetime | None = Field(description="When both were last in step")
    last: PeerTurn | None = Field(description="What was done then")
    error: str | None = Field(description="Why they are not")
    taken: int = Field(description="Requests that are cases here")
    sent: int = Field(description="Cases that are requests there")
    waiting: int = Field(description="Cases that are to be posted")
    refused: int = Field(description="Requests and cases that the other side did not take")
    created_at: datetime
    created_by: str
    version: int = Field(description="For `If-Match`")


class Peers(BaseModel):
    peers: list[PeerInfo]
    every_s: float = Field(description="Seconds between two turns; 0: only by command")


class TheirService(BaseModel):
    code: str
    name: str | None
    category: str | None = Field(description="Ours that its requests get")


class PeerTrial(BaseModel):
    services: list[TheirService] = Field(description="What it offers, a thousand at most")


class UntakenRequest(BaseModel):
    origin: Literal["theirs", "ours"]
    number: str = Field(description="Its id there, or the case number here")
    tries: int
    tried_at: datetime | None
    reason: str = Field(description="In the asked language")


class UntakenRequests(BaseModel):
    requests: list[UntakenRequest]

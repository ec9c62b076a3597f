"""A client of the service for other programs in Python: typed, blocking or asynchronous, safe to try again."""

from wangge.api.schemas.case import CaseDetail, MoveBody, Moved, PartyBody, PointBody
from wangge.api.schemas.events import CaseChange, CaseChanges, CaseEvent, GoneEvent
from wangge.api.schemas.findings import Findings
from wangge.api.schemas.grids import LocateAnswer, LocateManyAnswer, Territories, Territory
from wangge.api.schemas.photos import Photo
from wangge.api.schemas.reports import (
    BatchAnswer,
    Categories,
    ContactBody,
    FiledReport,
    ListedReport,
    ListSummary,
    ReportBody,
)
from wangge.client.clients import AsyncClient, Client
from wangge.client.errors import (
    ClientError,
    Conflict,
    Gone,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refused,
    Stale,
    TooMany,
    Unavailable,
    Unreachable,
)
from wangge.client.events import Anew
from wangge.client.frames import frame_of
from wangge.client.retrying import Retries

__all__ = [
    "Anew",
    "AsyncClient",
    "BatchAnswer",
    "CaseChange",
    "CaseChanges",
    "CaseDetail",
    "CaseEvent",
    "Categories",
    "Client",
    "ClientError",
    "Conflict",
    "ContactBody",
    "FiledReport",
    "Findings",
    "Gone",
    "GoneEvent",
    "Invalid",
    "ListSummary",
    "ListedReport",
    "LocateAnswer",
    "LocateManyAnswer",
    "MoveBody",
    "Moved",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "PartyBody",
    "Photo",
    "PointBody",
    "Refused",
    "ReportBody",
    "Retries",
    "Stale",
    "Territories",
    "Territory",
    "TooMany",
    "Unavailable",
    "Unreachable",
    "frame_of",
]

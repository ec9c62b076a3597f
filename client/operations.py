"""What the client can ask, each operation by the name that the description of the API gives it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack
from urllib.parse import quote
from uuid import uuid4

import httpx2

from wangge.api.schemas.case import CaseDetail, MoveBody, Moved
from wangge.api.schemas.common import GridKind
from wangge.api.schemas.events import CaseChanges
from wangge.api.schemas.findings import Findings
from wangge.api.schemas.grids import LocateAnswer, LocateBody, LocateManyAnswer, Territories, Territory
from wangge.api.schemas.photos import Photo
from wangge.api.schemas.reports import (
    BatchAnswer,
    Categories,
    FiledReport,
    ListedReport,
    ListSummary,
    ReportBody,
    ReportPage,
)
from wangge.client.calls import Call, Pages, as_query, model
from wangge.client.frames import frame_in
from wangge.geo.datum import Datum
from wangge.reports.case.lifecycle import State
from wangge.reports.policy.policy import Urgency

if TYPE_CHECKING:
    import geopandas

__all__ = ["FigureFilter", "ReportFilter", "ReportList"]

JSON = "application/json"
Moment = date | datetime | str


class ReportFilter(TypedDict, total=False):
    """Which reports: the parameters of a list. `since` is the API's `from`; many values are a list."""

    cell: str
    level: str
    category: str | Sequence[str]
    group: str | Sequence[str]
    state: State | str | Sequence[State | str]
    urgency: Urgency | str | Sequence[Urgency | str]
    kind: GridKind | str | Sequence[GridKind | str]
    asset: str
    campaign: str
    counted: bool
    major_class: str
    minor_class: str
    open: bool
    overdue: bool
    nearly_due: bool
    parked: bool
    returned: bool
    mine: bool
    q: str
    weekday: int | Sequence[int]
    hour: int | Sequence[int]
    area: Sequence[tuple[float, float]]
    closed_since: Moment
    updated_since: Moment
    since: Moment
    to: Moment
    bbox: tuple[float, float, float, float]


class ReportList(ReportFilter, total=False):
    """The same, in an order; `limit` is how many come at a time, not how many in all; with
    `classes` each has its major and minor class."""

    sort: Literal["newest", "due"]
    limit: int
    classes: bool


class FigureFilter(TypedDict, total=False):
    """Which figures of cells: the parameters of the indicators, counted by cell."""

    level: str
    indicator: str | Sequence[str]
    kind: GridKind | str | Sequence[GridKind | str]
    as_of: Moment
    category: str
    cell: str
    cell_level: str
    overlay: str
    area: str
    organisation: int
    officer: int
    since: Moment
    to: Moment


def list_territories(here: str) -> Call[Territories]:  # noqa: ARG001 - the one operation above all territories
    """The territories that are served."""
    return Call("list_territories", "GET", "api/v1/territories", model(Territories))


def get_territory(here: str) -> Call[Territory]:
    """The territory: its edition, levels and extent."""
    return Call("get_territory", "GET", here, model(Territory))


def list_categories(here: str) -> Call[Categories]:
    """The categories, with what each asks besides."""
    return Call("list_categories", "GET", f"{here}/categories", model(Categories))


def locate(
    here: str, lon: float, lat: float, *, datum: Datum | str = Datum.WGS84, accuracy: float | None = None
) -> Call[LocateAnswer]:
    """The base grid of a point, and the cells above it; `accuracy` in metres."""
    query = as_query({"lon": lon, "lat": lat, "datum": datum, "accuracy": accuracy})
    return Call("locate", "GET", f"{here}/locate", model(LocateAnswer), query)


def locate_many(
    here: str, points: Iterable[tuple[float, float]], *, datum: Datum | str = Datum.WGS84
) -> Call[LocateManyAnswer]:
    """The base grids of many points, as longitude and latitude, in their order."""
    body = LocateBody(points=list(points), datum=Datum(datum)).model_dump_json().encode()
    return Call("locate_many", "POST", f"{here}/locate", model(LocateManyAnswer), {}, {"Content-Type": JSON}, body)


def create_report(here: str, report: ReportBody, *, key: str | None = None) -> Call[FiledReport]:
    """File a report, once however often it is tried; `key` is one's own, for tries of another process."""
    # What has an id of another system is stored once by that.
    own = {} if report.external_id and key is None else {"Idempotency-Key": key or str(uuid4())}
    body = report.model_dump_json(exclude_unset=True).encode()
    return Call("create_report", "POST", f"{here}/reports", model(FiledReport), {}, {"Content-Type": JSON} | own, body)


def create_reports(here: str, reports: Sequence[ReportBody]) -> Call[BatchAnswer]:
    """File many, each answered by itself. Tried again only where each has an `external_id`."""
    body = b"\n".join(report.model_dump_json(exclude_unset=True).encode() for report in reports)
    safe = all(report.external_id for report in reports)
    headers = {"Content-Type": "application/x-ndjson"}
    return Call("create_reports", "POST", f"{here}/reports:batch", model(BatchAnswer), {}, headers, body, safe)


def send_photo(here: str, photo: bytes, *, media_type: str = "image/jpeg", key: str | None = None) -> Call[Photo]:
    """Send a photo; its `id` goes with a report or a move within a day."""
    headers = {"Content-Type": media_type, "Idempotency-Key": key or str(uuid4())}
    return Call("send_photo", "POST", f"{here}/photos", model(Photo), {}, headers, photo)


def get_report(here: str, number: str) -> Call[CaseDetail]:
    """One case: its history, its tasks, and the moves that are open to the asker."""
    return Call("get_report", "GET", f"{here}/reports/{quote(number, safe='')}", model(CaseDetail))


def create_move(
    here: str, number: str, move: MoveBody, *, version: int | None = None, key: str | None = None
) -> Call[Moved]:
    """Make a move of a case, once however often it is tried; with a `version`, only if that still holds."""
    tag = "*" if version is None else f'"{version}"'
    headers = {"Content-Type": JSON, "If-Match": tag, "Idempotency-Key": key or str(uuid4())}
    body = move.model_dump_json(exclude_unset=True).encode()
    path = f"{here}/reports/{quote(number, safe='')}/moves"
    return Call("create_move", "POST", path, model(Moved), {}, headers, body)


def list_reports(here: str, **wanted: Unpack[ReportList]) -> Pages[ListedReport]:
    """The reports in one's cells, as many as there are; pages are asked for as one reads."""
    return Pages(Call("list_reports", "GET", f"{here}/reports", _page, as_query(wanted)))


def summarise_reports(here: str, **wanted: Unpack[ReportFilter]) -> Call[ListSummary]:
    """How many reports a list has, by state and category."""
    return Call("summarise_reports", "GET", f"{here}/reports/summary", model(ListSummary), as_query(wanted))


def list_case_changes(here: str, *, after: str | None = None, limit: int | None = None) -> Call[CaseChanges]:
    """What happened after a mark; its `after` is the mark for the next time. Without one: the mark of now."""
    return Call(
        "list_case_changes", "GET", f"{here}/changes", model(CaseChanges), as_query({"after": after, "limit": limit})
    )


def list_findings(here: str) -> Call[Findings]:
    """Where problems newly cluster, and what could not be seen."""
    return Call("list_findings", "GET", f"{here}/findings", model(Findings))


def get_reports_file(here: str, **wanted: Unpack[ReportFilter]) -> "Call[geopandas.GeoDataFrame]":
    """The reports that one may export, as a GeoDataFrame of points in WGS-84."""
    return _file("get_reports_file", f"{here}/files/reports.parquet", wanted)


def get_cells_file(here: str, *, level: str | None = None) -> "Call[geopandas.GeoDataFrame]":
    """The cells of a level, the base grids when none is named, as a GeoDataFrame."""
    return _file("get_cells_file", f"{here}/files/cells.parquet", {"level": level})


def get_figures_file(here: str, **wanted: Unpack[FigureFilter]) -> "Call[geopandas.GeoDataFrame]":
    """The cells of a level with their figures, as a GeoDataFrame with a column for each indicator."""
    return _file("get_figures_file", f"{here}/files/figures.parquet", wanted)


def _file(name: str, path: str, wanted: Any) -> "Call[geopandas.GeoDataFrame]":
    return Call(name, "GET", path, frame_in, as_query(wanted))


def _page(answer: httpx2.Response) -> tuple[list[ListedReport], str | None]:
    page = ReportPage.model_validate_json(answer.content)
    return page.reports, next((link.href for link in page.links if link.rel == "next"), None)

"""Many reports in one request, each answered by itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request, Response

from wangge.access.roles import Right
from wangge.api.plumbing.deps import AppSettings, Asker, CurrentGrid, Language, Writing, require
from wangge.api.plumbing.problems import BadField, BadRequest, UnsupportedMediaType, render
from wangge.api.plumbing.refusals import refuses
from wangge.api.routes.cases.wanted import InClasses
from wangge.api.schemas.geojson import ReportCollection
from wangge.api.schemas.reports import BatchAnswer
from wangge.data import messages
from wangge.geo.files.batches import BrokenFile, MalformedJson
from wangge.geo.files.strictjson import parsed
from wangge.reports.categories.classes import Classes, classes_of

if TYPE_CHECKING:
    from pyproj import Transformer

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}", tags=["reports"])

NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/geo+json-seq")
COLLECTION = ("application/geo+json", "application/json")
BOM = b"\xef\xbb\xbf"
RECORD_SEPARATOR = b"\x1e"  # RFC 8142
LINES = {"schema": {"type": "string", "description": "Reports as POST …/reports takes them, one a line"}}
COLLECTED = {"schema": {"$ref": f"#/components/schemas/{ReportCollection.__name__}"}}
BODY: dict[str, Any] = dict.fromkeys(NDJSON, LINES) | dict.fromkeys(COLLECTION, COLLECTED)


@router.post(
    "/reports:batch",
    response_model=BatchAnswer,
    dependencies=[require(Right.FILE_MANY)],
    openapi_extra={"requestBody": {"required": True, "content": BODY}},
)
@refuses(UnsupportedMediaType)
async def create_reports(
    request: Request,
    connection: Writing,
    grid: CurrentGrid,
    asker: Asker,
    settings: AppSettings,
    language: Language,
    classes: InClasses = False,
) -> Response:
    """File many reports: NDJSON, one report a line, or a GeoJSON FeatureCollection of points.

    Each record is answered by itself; what is right is stored though another record is wrong. A record with an
    `external_id` is stored once, so a batch with ids may be sent again. In classes, the category of each is made of its
    `major_class` and `minor_class`.
    """
    from wangge.reports.bulk.batch import submit_batch  # Arrow's functions, which no other request needs

    lines, to_wgs84 = _lines(request.headers.get("content-type", ""), await request.body(), language)
    if len(lines) > settings.max_batch_records:
        raise BadField(field="body", reason="too_long", max_length=settings.max_batch_records)
    records = [line for line in lines if not isinstance(line, MalformedJson)]
    if classes:
        kept = await classes_of(connection, grid.territory)
        records = [_with_category(record, kept) for record in records]
    owner = asker.sender(grid.territory)
    answers = iter(await submit_batch(connection, grid, records, owner=owner, to_wgs84=to_wgs84))
    results: list[dict[str, Any]] = []
    totals = {"stored": 0, "known": 0, "refused": 0}
    for index, line in enumerate(lines):
        if isinstance(line, MalformedJson):
            error = render("bad-request", {"reason": _why(line, language)}, language, request.url.path)
        else:
            answer = next(answers)
            if answer.receipt:
                totals["known" if answer.receipt.known else "stored"] += 1
                entry = {"index": index, "status": 200 if answer.receipt.known else 201}
                results.append(entry | {"number": answer.receipt.number, "cell": answer.cell})
                continue
            assert answer.error is not None  # noqa: S101 - an answer is a receipt or an error
            error = render(answer.error.kind, answer.error.facts, language, request.url.path)
        totals["refused"] += 1
        results.append({"index": index, "status": error["status"], "problem": error})
    content = orjson.dumps(totals | {"results": results}, default=str)
    return Response(content, headers={"Content-Language": language}, media_type="application/json")


def _with_category(record: Any, classes: Classes) -> Any:
    """A record, or the properties of a feature, whose category is made of its classes, whatever it holds itself."""
    if not isinstance(record, dict):
        return record
    if isinstance(record.get("properties"), dict):
        return record | {"properties": _with_category(record["properties"], classes)}
    rest = {name: value for name, value in record.items() if name not in ("category", "major_class", "minor_class")}
    said = (record.get(name) for name in ("major_class", "minor_class"))
    return rest | {"category": classes.category(*("" if code is None else str(code) for code in said))}


def _lines(content_type: str, body: bytes, language: messages.Language) -> tuple[list[Any], "Transformer | None"]:
    """The records of a body, a line that is no JSON as the error it gave, and how their places come to WGS-84."""
    media = content_type.partition(";")[0].strip().lower()
    body = body.removeprefix(BOM)
    if media in NDJSON:
        return [_parse(line) for raw in body.split(b"\n") if (line := raw.strip(RECORD_SEPARATOR + b" \t\r"))], None
    if media not in COLLECTION:
        raise UnsupportedMediaType(expected=[*NDJSON[:1], *COLLECTION[:1]])
    document = _parse(body)
    if isinstance(document, MalformedJson):
        raise BadRequest(reason=_why(document, language))
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise BadField(field="type", reason="literal_error", expected="FeatureCollection")
    features = document.get("features")
    if not isinstance(features, list):
        raise BadField(field="features", reason="list_type")
    return features, _transformer(document.get("crs"))


def _transformer(member: Any) -> "Transformer | None":
    """From the CRS that a collection of before RFC 7946 names."""
    from wangge.geo.files.crsmember import crs_of_member
    from wangge.geo.files.wkb import transformer_of

    try:
        return transformer_of(Path(), crs_of_member(member))
    except BrokenFile:
        raise BadField(field="crs", reason="crs") from None


def _why(error: MalformedJson, language: messages.Language) -> str | None:
    said = messages.reason(error.facts["reason"], error.facts, language)
    return messages.field_message("json_invalid", {"error": said}, language)


def _parse(text: bytes) -> Any:
    try:
        return parsed(text)
    except MalformedJson as error:
        return error

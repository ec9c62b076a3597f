"""Kinds of assets: declared, removed, and their assets taken from a file."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from wangge.access.roles import Right
from wangge.api.plumbing.deps import Connection, CurrentGrid, Language, Writing, require
from wangge.api.plumbing.if_match import TAGGED, MaybeIfMatch, etag
from wangge.api.plumbing.problems import BadField, DatabaseUnavailable, UnsupportedMediaType
from wangge.api.plumbing.reach import Ruling
from wangge.api.plumbing.refusals import refuses
from wangge.api.plumbing.turns import APART, FilesFull
from wangge.api.plumbing.wording import wording
from wangge.api.schemas.assets import AssetKindBody, AssetKindInfo, AssetKinds, AssetsTaken
from wangge.api.schemas.common import Short
from wangge.api.schemas.forms import NO_NUL, ONE_LINE
from wangge.data import messages
from wangge.duty.findings import MOST
from wangge.geo.apart import SUFFIXES, TooMuchInside, records_apart
from wangge.geo.datum import Datum
from wangge.geo.files.batches import (
    Batch,
    BrokenFile,
    FileCutShort,
    RecordReader,
    TitleRow,
    WrongDelimiter,
    WrongEncoding,
    some_of,
)
from wangge.geo.files.layers import MissingLayer
from wangge.reports.assets.kinds import BadAssetKinds, UnknownAssetKind, kinds_of, parse_kind, put_kinds, remove_kind
from wangge.reports.errors import (
    DoubleColumn,
    MissingColumn,
    MissingPlace,
    NoAssets,
    NotDegrees,
    NothingInside,
    UnknownCategory,
    UnknownField,
)

if TYPE_CHECKING:
    from wangge.reports.bulk.importing import Refused

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/territories/{territory}/asset-kinds", tags=["locate"])

Kind = Annotated[str, Path(max_length=63, pattern=NO_NUL, description="Code of the kind, such as lamp")]
Column = Annotated[str, Query(max_length=200, pattern=ONE_LINE)]

MOST_COLUMNS = 50
MOST_SHOWN = 200
"""Characters of a refused value that are told."""
AT_ONCE = 1000
"""Records that are judged at a time, between which others are answered."""
FORMS = ("text/csv", "application/geo+json", "application/geopackage+sqlite3", "application/vnd.apache.parquet")
PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"ARROW1")
"""How files begin that are for the command."""
BODY = {
    "requestBody": {
        "required": True,
        "content": {form: {"schema": {"type": "string", "format": "binary"}} for form in FORMS},
    }
}


@router.get("", response_model=AssetKinds, dependencies=[require(Right.READ)])
async def list_asset_kinds(connection: Connection, grid: CurrentGrid) -> dict[str, Any]:
    """The kinds of assets, the categories whose reports are about them, and how many there are."""
    return {"kinds": [asdict(one) for one in await kinds_of(connection, grid.territory)]}


@router.put("/{kind}", response_model=AssetKindInfo, responses=TAGGED)
@refuses(BadField, UnknownCategory)
async def declare_asset_kind(
    response: Response, connection: Writing, reach: Ruling, kind: Kind, body: AssetKindBody, version: MaybeIfMatch
) -> dict[str, Any]:
    """Declare a kind, or put another in the place of the one with that code; its assets stay."""
    try:
        declared = parse_kind(body.model_dump() | {"code": kind})
    except BadAssetKinds as error:
        field = error.facts["field"]
        raise BadField(
            field="kind" if field == "code" else field, reason="expected", expected=error.facts["expected"]
        ) from None
    await put_kinds(connection, reach.grid.territory, [declared], by=reach.person.name, expected=version)
    stored = next(one for one in await kinds_of(connection, reach.grid.territory) if one.code == kind)
    response.headers.update(etag(stored.version))
    return asdict(stored)


@router.delete("/{kind}", status_code=204)
@refuses(UnknownAssetKind)
async def remove_asset_kind(connection: Writing, reach: Ruling, kind: Kind, version: MaybeIfMatch) -> None:
    """Keep a kind and all assets of it no longer. Reports that name them keep the numbers."""
    await remove_kind(connection, reach.grid.territory, kind, by=reach.person.name, expected=version)


@router.post("/{kind}/assets:import", response_model=AssetsTaken, openapi_extra=BODY)
@refuses(
    UnknownAssetKind,
    UnsupportedMediaType,
    BadField,
    NoAssets,
    UnknownField,
    MissingColumn,
    DoubleColumn,
    MissingPlace,
    NotDegrees,
    NothingInside,
    BrokenFile,
    FileCutShort,
    TitleRow,
    WrongDelimiter,
    WrongEncoding,
    DatabaseUnavailable,
    TooMuchInside,
    FilesFull,
    MissingLayer,
)
async def import_assets(
    request: Request,
    reach: Ruling,
    language: Language,
    kind: Kind,
    columns: Annotated[
        list[Column],
        Query(alias="map", max_length=MOST_COLUMNS, description="field=column, where it is not of the same name"),
    ] = [],  # noqa: B006 - FastAPI copies it
    attributes: Annotated[
        list[Column],
        Query(alias="attribute", max_length=MOST_COLUMNS, description="A column that is kept with each"),
    ] = [],  # noqa: B006 - FastAPI copies it
    datum: Annotated[Datum, Query(description="Of the coordinates, where no column says it")] = Datum.WGS84,
    part: Annotated[bool, Query(description="The file has some of them only: none is gone")] = False,
    dry_run: Annotated[bool, Query(description="Only say what would become of it")] = False,
    layer: Annotated[Short | None, Query(description="Of a GeoPackage that has several")] = None,
) -> dict[str, Any]:
    """Take the assets of a kind from a CSV, GeoJSON, GeoPackage or GeoParquet: all that are sound.

    What is wrong with each other record is told.

    It is one transaction: until it is whole, nothing is changed. What of the kind the file does not name is gone.
    """
    from wangge.reports.bulk.assets import AssetImport  # it takes a while to import

    sent = await request.body()
    if sent.startswith(PACKED):
        raise UnsupportedMediaType(expected=", ".join(FORMS))
    mapping = dict(_pair(entry) for entry in columns)
    first: list[Refused] = []

    def keep(_: Batch | None, refused: Sequence["Refused"]) -> None:
        first.extend(refused[: MOST - len(first)])

    with TemporaryDirectory() as folder:
        try:
            file = File(folder) / _name(sent)
            with closing(await _opened(file, sent, layer)) as reader:
                run = AssetImport(
                    reader,
                    reach.grid,
                    kind,
                    mapping=mapping,
                    attributes=attributes,
                    datum=datum,
                    by=reach.person.name,
                    part=part,
                    dry=dry_run,
                    reject=keep,
                    advance=lambda _: None,
                )
                async with request.state.pool.connection() as connection:
                    totals = await run.run(connection)
        except (BrokenFile, FileCutShort, TitleRow, WrongDelimiter, WrongEncoding) as error:
            error.facts["file"] = file.name  # where it lay for a moment is nobody's business
            raise
    return {
        "stored": not dry_run,
        **{name: getattr(totals, name) for name in ("read", "new", "changed", "same", "gone", "refused")},
        "ignored": some_of(run.unused),
        "errors": [_as_answer(one, language) for one in sorted(first, key=lambda one: one.number)],
    }


def _pair(entry: str) -> tuple[str, str]:
    field, parted, column = (part.strip() for part in entry.partition("="))
    if not parted or not field or not column:
        raise BadField(field="map", reason="expected", expected="field=column")
    return field, column


def _name(sent: bytes) -> str:
    start = sent[:100].removeprefix(b"\xef\xbb\xbf").lstrip()
    packed = next((suffix for magic, suffix in SUFFIXES.items() if sent.startswith(magic)), None)
    return f"assets.{packed or ('geojson' if start.startswith((b'{', b'[')) else 'csv')}"


async def _opened(file: File, sent: bytes, layer: str | None) -> RecordReader:
    await asyncio.to_thread(file.write_bytes, sent)
    if file.suffix.removeprefix(".") in SUFFIXES.values():
        read = file.with_suffix(".arrow")
        async with APART.taken():
            await records_apart(file, read, layer=layer)
        return await asyncio.to_thread(_records, read, None)
    return await asyncio.to_thread(_records, file, layer, _encoding(sent))


def _records(file: File, layer: str | None, encoding: str | None = None) -> RecordReader:
    from wangge.geo.files.reading import open_records  # it takes a while to import

    return open_records(file, layer=layer, encoding=encoding, batch_size=AT_ONCE)


def _encoding(sent: bytes) -> str | None:
    """None for UTF-8 and UTF-16, else GB18030, as spreadsheets write it."""
    try:
        sent.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None if sent.startswith((b"\xff\xfe", b"\xfe\xff")) else "gb18030"
    return None


def _as_answer(one: "Refused", language: messages.Language) -> dict[str, Any]:
    title, expected = wording(one.error, language)
    reason = str(one.error.facts.get("reason", "")) if one.error.kind == "bad-field" else one.error.kind
    return {
        "record": one.number,
        "field": one.field,
        "kind": reason,
        "got": one.got[:MOST_SHOWN],
        "message": expected or title,
    }

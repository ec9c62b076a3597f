"""What is posted in a form, as the report that our own API takes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from wangge.api.plumbing.problems import BadField, BadRequest, UnsupportedMediaType
from wangge.api.routes.cases.reports import check_time
from wangge.api.schemas.reports import ReportBody
from wangge.reports.evidence.photos import MOST

__all__ = ["Posted", "answers_in", "attribute", "number_of", "posted", "report_of"]

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FIELDS = 100
LONGEST_FIELD = 64 * 1024

TAKEN = {
    "service_code": "category",
    "lat": "lat",
    "long": "lon",
    "description": "description",
    "requested_datetime": "occurred_at",
    "accuracy": "accuracy",
    "datum": "datum",
}
"""Fields of GeoReport and of `extensions`, by what they are called in a report."""
CONTACT = {"first_name": "name", "last_name": "name", "phone": "phone", "email": "email"}
ASKING = ("jurisdiction_id", "api_key", "extensions")
WORDS = ("address_string", "media_url")
"""What a report has no field for: it is kept with the words, as it was sent."""
PASSED_OVER = ("account_id", "device_id", "address_id")
"""What the standard lets clients send, and what is not kept: it would be a register of people."""


_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\]")


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields of a form, none of them twice, and its files."""

    fields: Mapping[str, str]
    files: tuple[bytes, ...] = ()


async def posted(request: Request) -> Posted:
    """The form of a request.

    Raises
    ------
    BadField, BadRequest, UnsupportedMediaType
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == URLENCODED:
        return Posted(_once(_urlencoded(await request.body())))
    if media == MULTIPART:
        return await _multipart(request)
    raise UnsupportedMediaType(expected=f"{URLENCODED}, {MULTIPART}", got=media or "—")


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode()
        return parse_qsl(text, True, bool(text), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:  # UnicodeError among them
        raise BadRequest(reason=str(error)) from None


async def _multipart(request: Request) -> Posted:
    body = await request.body()
    fields: list[tuple[str, str]] = []
    files: list[bytes] = []
    at = 0
    try:
        async with request.form(max_files=MOST, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    data = await value.read()
                    if data:  # a browser sends an empty one where none was chosen
                        files.append(data)
                    continue
                # What is not UTF-8 was read as Latin-1. The fields stand in their order, so this is one walk.
                at = body.find(value.encode(), at)
                if at < 0:
                    raise BadField(field=name, reason="string_unicode")
                fields.append((name, value))
    except UnicodeError:
        raise BadRequest(reason="UTF-8") from None
    return Posted(_once(fields), tuple(files))


def _once(fields: list[tuple[str, str]]) -> dict[str, str]:
    taken: dict[str, str] = {}
    for name, value in fields:
        if name in taken:
            raise BadField(field=name, reason="parameter_twice")
        taken[name] = value.strip()
    return taken


def report_of(fields: Mapping[str, str], photos: list[str]) -> ReportBody:
    """The report that the fields of a form make.

    Raises
    ------
    BadField, RequestValidationError : of the fields of the form, by their names there.
    """
    known = {*TAKEN, *CONTACT, *ASKING, *WORDS, *PASSED_OVER}
    for name in fields:
        if name not in known and not _ATTRIBUTE.fullmatch(name):
            raise BadField(field=name[:64], reason="parameter")
    given = {name: value for name, value in fields.items() if value}
    for name in ("service_code", "lat", "long"):
        if name not in given:
            raise BadField(field=name, reason="missing")
    body: dict[str, Any] = {TAKEN[name]: value for name, value in given.items() if name in TAKEN}
    for name in ("lat", "lon", "accuracy"):
        if name in body:
            body[name] = number_of({"lon": "long"}.get(name, name), body[name])
    said = [body.get("description", ""), *(f"{name}: {given[name]}" for name in WORDS if name in given)]
    body["description"] = "\n".join(one for one in said if one)
    name = " ".join(given[one] for one in ("first_name", "last_name") if one in given)
    contact = {"name": name, "phone": given.get("phone"), "email": given.get("email")}
    if any(contact.values()):
        body["contact"] = {key: value for key, value in contact.items() if value}
    body["photos"] = photos
    try:
        report = ReportBody.model_validate(body)
    except ValidationError as error:
        raise RequestValidationError([_called(entry) for entry in error.errors()]) from None
    check_time(report.occurred_at, field="requested_datetime")
    return report


def number_of(field: str, text: str) -> float:
    """A number out of a form. Raises BadField."""
    try:
        return float(text)
    except ValueError:
        raise BadField(field=field, reason="float_parsing") from None


def attribute(code: str) -> str:
    """What a form calls the answer to a question."""
    return f"attribute[{code}]"


def answers_in(fields: Mapping[str, str]) -> dict[str, str]:
    """The answers of a form, by the codes of their questions."""
    return {found[1]: value for name, value in fields.items() if (found := _ATTRIBUTE.fullmatch(name))}


def _called(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One of pydantic's findings, by the form's name of the field."""
    back = {mine: theirs for theirs, mine in TAKEN.items()} | {"contact": "contact"}
    first, *rest = (str(part) for part in entry["loc"])
    path = (
        (back.get(first, first), *rest) if first != "contact" or not rest else (rest[0].replace("name", "first_name"),)
    )
    return {**entry, "loc": path}

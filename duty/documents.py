"""TOML files of organisations and of routing rules, read and written."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from wangge.data.languages import LANGUAGES
from wangge.duty.bodies import (
    COLUMNS,
    Organisation,
    OrganisationType,
    as_document,
    columns,
    organisations_of,
    types_of,
)
from wangge.duty.findings import Finding, refuse
from wangge.duty.routing import Place, Rule
from wangge.duty.ruletext import rules_as_document
from wangge.duty.sheets import read_sheet, sheet_text
from wangge.geo.files.tomltext import toml_text

__all__ = [
    "organisations_csv",
    "organisations_toml",
    "read_document",
    "read_organisations",
    "rules_toml",
]


def read_document(path: Path, tables: Collection[str]) -> dict[str, list[Any]]:
    """The arrays of tables of a TOML file, empty where one is not there.

    Raises
    ------
    BadEntries : it is not TOML in UTF-8, or has something else in it.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        refuse([Finding(0, "TOML", "toml", None, {"error": str(error)})], str(path))
        raise
    expected = {"expected": ", ".join(f"[[{name}]]" for name in tables)}
    refuse(
        [
            Finding(0, name, "toml_table", None, expected)
            for name, value in document.items()
            if name not in tables or not isinstance(value, list)
        ],
        str(path),
    )
    return {name: document.get(name, []) for name in tables}


def read_organisations(
    path: Path, places: Collection[Place], *, delimiter: str | None = None, encoding: str | None = None
) -> tuple[list[Organisation], list[OrganisationType]]:
    """Organisations and types of a TOML file, or the organisations of a CSV. Raises BadEntries."""
    if path.suffix.lower() == ".toml":
        document = read_document(path, ("types", "organisations"))
        types, findings = types_of(document["types"])
        refuse(findings, str(path))
        entries = list(enumerate(document["organisations"], 1))
    else:
        sheet = read_sheet(path, columns(), delimiter=delimiter, encoding=encoding)
        refuse([*sheet.findings, *sheet.lacks("code", "type")], str(path))
        types, entries = [], list(sheet.rows)
    organisations, findings = organisations_of(entries, places)
    refuse(findings, str(path))
    return organisations, types


def organisations_toml(
    organisations: Mapping[str, Organisation], types: Mapping[str, Mapping[str, str]], places: Collection[Place]
) -> str:
    """Organisations, and the types that are the territory's own, as TOML."""
    own = [{"code": code, "name": name} for code, name in types.items()]
    return toml_text({"types": own, "organisations": [as_document(one, places) for one in organisations.values()]})


def organisations_csv(organisations: Mapping[str, Organisation], places: Collection[Place]) -> str:
    """Organisations as CSV, their cells parted by semicolons."""
    rows: list[Sequence[Any]] = []
    for one in organisations.values():
        entry = as_document(one, places)
        active = "true" if one.active else "false"
        names = (one.name.get(language) for language in LANGUAGES)
        rows.append((one.code, *names, one.type, one.parent, one.phone, active, ";".join(entry["cells"])))
    return sheet_text(list(COLUMNS), rows)


def rules_toml(rules: Sequence[Rule]) -> str:
    """Routing rules as TOML, in their order."""
    return toml_text({"rules": rules_as_document(rules)})

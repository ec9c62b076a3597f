"""Entries of files and requests, read field by field: what is wrong is noted, and reading goes on."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from wangge.data.languages import LANGUAGES, in_every_language
from wangge.data.messages import words_in_all
from wangge.duty.findings import Finding
from wangge.geo.divisions import code_among
from wangge.geo.files.spelling import BLANKS, is_rounded, narrow, plain_id

__all__ = ["Entry"]

LONGEST = 200

_CODE = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


class Entry:
    """One entry: a table of a TOML file, an object of a request, a row of a CSV, whose values are texts then.

    Parameters
    ----------
    record : 1-based number, which findings name.
    values : by field; a null stands for one that is left out.
    findings : where what is wrong is noted.
    inside : the field of another entry in which this one stands.
    """

    def __init__(self, record: int, values: Any, findings: list[Finding], inside: str = "") -> None:
        self.record = record
        self.findings = findings
        self.inside = inside
        if not isinstance(values, Mapping):
            self.note("", "dict_type", values)
            values = {}
        self.values = {key: value for key, value in values.items() if value is not None}

    def note(self, field: str, reason: str, got: Any = None, **facts: Any) -> None:
        """Note that a field is wrong."""
        self.findings.append(Finding(self.record, self._within(field), reason, got, facts))

    def only(self, fields: Collection[str]) -> None:
        """Note fields that nobody knows, with the one that may be meant."""
        for key in self.values:
            if key not in fields:
                near = get_close_matches(str(key), fields, n=1)
                self.note(str(key), "extra_near" if near else "extra_forbidden", **({"near": near[0]} if near else {}))

    def text(self, field: str, *, required: bool = True) -> str | None:
        """A text without blanks at its ends; None when it is left out or wrong."""
        value = self.values.get(field)
        if value is None or value == "":
            if required:
                self.note(field, "missing")
            return None
        if not isinstance(value, str):
            self.note(field, "string_type", value)
            return None
        value = value.strip(BLANKS)
        if not value:
            if required:
                self.note(field, "missing")
            return None
        if "\0" in value:
            self.note(field, "string_nul")
            return None
        if not 0 < len(value) <= LONGEST:
            self.note(field, "string_too_long", value[:LONGEST], max_length=LONGEST)
            return None
        return value

    def code(self, field: str, *, required: bool = True) -> str | None:
        """A code: a text without blanks. What a spreadsheet has made of a long number is told as such."""
        value = self.text(field, required=required)
        if value is None:
            return None
        value = plain_id(value)
        if is_rounded(value):
            self.note(field, "rounded", value)
            return None
        if not _CODE.fullmatch(value):
            self.note(field, "code", value)
            return None
        return value

    def codes(self, field: str) -> tuple[str, ...]:
        """A list of codes, each once; a text is parted at semicolons. Empty when it is left out or wrong."""
        value = self.values.get(field)
        if value is None or value == "":
            return ()
        if isinstance(value, str):
            value = [part for part in re.split(r"[;；]", value) if part.strip()]
        if not isinstance(value, Sequence):
            self.note(field, "code_list", value)
            return ()
        inner = [Entry(self.record, {field: part}, self.findings, self.inside).code(field) for part in value]
        return tuple(dict.fromkeys(code for code in inner if code is not None))

    def understand(self, field: str, meanings: Mapping[str, str]) -> None:
        """Put what is meant in the place of a word for it, in any case and with blanks around it."""
        value = self.values.get(field)
        if isinstance(value, str):
            told = narrow(value).strip(BLANKS)
            self.values[field] = {word.casefold(): meant for word, meant in meanings.items()}.get(told.casefold(), told)

    def one_of(self, field: str, known: Collection[str], *, required: bool = True) -> str | None:
        """One of the known words."""
        value = self.text(field, required=required)
        if value is not None and value not in known:
            self.note(field, "enum", value, expected=", ".join(known))
            return None
        return value

    def some_of(self, field: str, known: Collection[str], *, cells: bool = False) -> tuple[str, ...]:
        """Some of the known codes; those of cells in whichever form, see `divisions`."""
        found = self.codes(field)
        if cells:
            found = tuple(dict.fromkeys(code_among(value, known.__contains__) for value in found))
        for value in found:
            if value not in known:
                near = get_close_matches(value, known, n=3) or sorted(known)[:12]
                self.note(field, "enum", value, expected=", ".join(near))
        return found

    def flag(self, field: str, default: bool) -> bool:
        """True or false, in a CSV also yes or no, 是 or 否."""
        value = self.values.get(field)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return value
        told = narrow(str(value)).strip(BLANKS).lower()
        if told in ("true", "1", *words_in_all("yes-no", "yes")):
            return True
        if told in ("false", "0", *words_in_all("yes-no", "no")):
            return False
        self.note(field, "bool_parsing", value)
        return default

    def day(self, field: str, *, required: bool = True) -> date | None:
        """A day: 2026-01-31, 2026/1/31 or 2026年1月31日."""
        value = self.values.get(field)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        told = self.text(field, required=required)
        if told is None:
            return None
        parts = _DAY.fullmatch(narrow(told))
        try:
            if parts is None:
                raise ValueError(told)
            year, month, day = map(int, parts.groups())
            return date(year, month, day)
        except ValueError:
            self.note(field, "date_parsing", told)
            return None

    def name(self, field: str = "name", *, required: bool = True) -> dict[str, str]:
        """A name by language; a language that is not given takes the other's, and a plain text is both."""
        value = self.values.get(field)
        if isinstance(value, str) and value:
            told = self.text(field)
            return dict.fromkeys(LANGUAGES, told) if told else {}
        if value is None or value == "":
            if required:
                self.note(field, "missing")
            return {}
        if not isinstance(value, Mapping) or not set(value) <= set(LANGUAGES) or not value:
            self.note(field, "name_table", value)
            return {}
        inner = Entry(self.record, value, self.findings, self._within(field))
        given = {key: text for key in LANGUAGES if (text := inner.text(key, required=False))}
        if not given:
            self.note(field, "name_table", value)
            return {}
        return in_every_language(given)

    def _within(self, field: str) -> str:
        return ".".join(part for part in (self.inside, field) if part)

"""What a category asks besides, such as a pole's number. Declared with it, answered by who knows, kept. Pure.

A question is what Open311 calls an attribute: code, kind, name, and for a choice its values. None is required, for
nobody is to be kept from reporting by what they do not know; and what names a person or a car is not asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from wangge.data.languages import LANGUAGES, in_every_language
from wangge.reports.errors import BadArgument

__all__ = ["MOST_QUESTIONS", "Option", "Question", "QuestionKind", "checked_answers", "questions_from"]

MOST_QUESTIONS = 10
LONGEST = 200
_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_PERSONAL = re.compile(r"plate|licen[cs]e|passport|identity|id_?card")


class QuestionKind(StrEnum):
    """What an answer is."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice; `name` maps a language to its name."""

    code: str
    name: dict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a report of a category; `name` maps a language to the question."""

    code: str
    kind: QuestionKind
    name: dict[str, str]
    options: tuple[Option, ...] = ()


def questions_from(document: Any) -> tuple[Question, ...]:
    """The questions of a declaration: a list of tables with `code`, `kind`, `name` and, of a choice, `options`.

    Raises
    ------
    ValueError : with what was expected.
    """
    if not isinstance(document, list) or len(document) > MOST_QUESTIONS:
        raise ValueError(f"0…{MOST_QUESTIONS} × {{ code, kind, name }}")
    found = tuple(_question(entry) for entry in document)
    if len({question.code for question in found}) < len(found):
        raise ValueError("each code once")
    return found


def _question(entry: Any) -> Question:
    code, name = _named(entry)
    kind = entry.get("kind", QuestionKind.TEXT.value)
    if kind not in list(QuestionKind):
        raise ValueError(" | ".join(QuestionKind))
    options = entry.get("options", [])
    if not isinstance(options, list) or bool(options) != (kind == QuestionKind.CHOICE):
        raise ValueError("options = [{ code, name }], of a choice alone")
    if _PERSONAL.search(code.lower()):
        raise ValueError("nothing that names a person or a car")
    return Question(code, QuestionKind(kind), name, tuple(Option(*_named(option)) for option in options))


def _named(entry: Any) -> tuple[str, dict[str, str]]:
    if not isinstance(entry, dict):
        raise ValueError("{ code, name }")
    code, name = entry.get("code"), entry.get("name")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ValueError("code: letters, digits, _ and -")
    if not isinstance(name, dict) or not {*LANGUAGES} & {*name} or not all(isinstance(v, str) for v in name.values()):
        raise ValueError('name = { en = "…", zh = "…" }')
    return code, in_every_language(name)


def checked_answers(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as they are kept, in the order of the questions; what says nothing is left out.

    Raises
    ------
    BadArgument : to a question that is not asked, or not of its kind.
    """
    asked = {question.code: question for question in questions}
    for code in answers:
        if code not in asked:
            raise BadArgument(field=f"answers.{code}", reason="extra_forbidden")
    found = {code: _checked(question, answers[code]) for code, question in asked.items() if code in answers}
    return {code: answer for code, answer in found.items() if answer is not None}


def _checked(question: Question, answer: Any) -> Any:
    field = f"answers.{question.code}"
    if question.kind is QuestionKind.NUMBER:
        if answer is None:
            return None
        if isinstance(answer, bool) or not isinstance(answer, int | float):
            raise BadArgument(field=field, reason="float_type")
        return answer
    text = "" if answer is None else answer
    if not isinstance(text, str):
        raise BadArgument(field=field, reason="string_type")
    text = text.strip()
    if len(text) > LONGEST:
        raise BadArgument(field=field, reason="string_too_long", max_length=LONGEST)
    if question.kind is QuestionKind.CHOICE and text and text not in (known := [o.code for o in question.options]):
        raise BadArgument(field=field, reason="unknown_level", expected=known)
    return text or None

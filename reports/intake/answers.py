"""What was answered to the questions of a report's category; it stays with the case, also in another category."""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from wangge.reports.case.case import Key
from wangge.reports.categories.categories import categories_of
from wangge.reports.categories.questions import checked_answers
from wangge.reports.intake import queries
from wangge.store.engine import AsyncConnection

__all__ = ["answers_of", "check_answers", "keep_answers"]


async def check_answers(
    connection: AsyncConnection, territory: str, category: str, answers: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Answers to the questions of a category, each with what was asked then.

    Raises
    ------
    BadArgument : to a question that is not asked, or not of its kind.
    """
    found = (entry for entry in (await categories_of(connection, territory)).entries if entry.code == category)
    questions = next((entry.questions for entry in found), ())
    checked = checked_answers(questions, answers)
    names = {question.code: question for question in questions}
    return [
        {
            "code": code,
            "name": names[code].name,
            "value": value,
            "value_name": next((option.name for option in names[code].options if option.code == value), None),
        }
        for code, value in checked.items()
    ]


async def keep_answers(connection: AsyncConnection, key: Key, answers: list[dict[str, Any]]) -> None:
    """Keep them with a report that was just filed, in the transaction in which it is."""
    if answers:
        await connection.execute(queries.INSERT_ANSWERS, (*key, Jsonb(answers)))


async def answers_of(connection: AsyncConnection, key: Key) -> list[dict[str, Any]]:
    """What was answered, in the order of the questions: code, name, value, value_name."""
    row = await (await connection.execute(queries.ANSWERS, key)).fetchone()
    return [] if row is None else list(row[0])

"""Says which columns of a file nothing is read from, so that none is lost for the sake of a letter."""

from collections.abc import Mapping

from wangge.api.cli.terminal import console

__all__ = ["say_unused"]


def say_unused(columns: Mapping[str, str | None]) -> None:
    """Print on standard error the columns that are not used, each with the field that it may be meant for."""
    if not columns:
        return
    meant = {column: field for column, field in columns.items() if field}
    console.tell("unused-columns", columns=list(columns))
    for column, field in meant.items():
        console.tell("unused-column-meant", column=column, field=field)

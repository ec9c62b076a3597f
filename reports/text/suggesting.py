"""Which categories a text may be of, for people who choose: by what was learned, else by names and words."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from wangge.reports.text import queries
from wangge.reports.text.model import BadModel, Model, Suggestion, read_model
from wangge.reports.text.names import by_names
from wangge.store.engine import AsyncConnection

__all__ = ["Models"]

log = structlog.get_logger(__name__)


class Models:
    """The models that one server process has read, each until another was trained."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[datetime, Model | None]] = {}

    async def suggest(self, connection: AsyncConnection, territory: str, text: str) -> list[Suggestion]:
        """At most three categories, the likeliest first; none where nothing is sure.

        What the model was not taught, for it was declared since, is found by its names and words; so is all, where
        nothing was learned yet.
        """
        rows = await (await connection.execute(queries.TERMS, {"territory": territory})).fetchall()
        terms = {code: [*name.values(), *words] for code, name, words in rows}
        model = await self._model(connection, territory)
        if model is None:
            return by_names(text, terms)
        learned = await asyncio.to_thread(model.suggest, text, terms.keys())
        return learned or by_names(text, _without(terms, model))

    async def _model(self, connection: AsyncConnection, territory: str) -> Model | None:
        asked = {"territory": territory}
        row = await (await connection.execute(queries.TRAINED_AT, asked)).fetchone()
        if row is None:
            self._read.pop(territory, None)
            return None
        known = self._read.get(territory)
        if known is not None and known[0] == row[0]:
            return known[1]
        stored = await (await connection.execute(queries.ARRAYS, asked)).fetchone()
        if stored is None:
            return None
        trained_at, arrays, digest = stored
        model: Model | None = None
        try:
            model = await asyncio.to_thread(read_model, bytes(arrays), bytes(digest))
        except BadModel as error:
            log.error("what was learned of categories cannot be used; train again", territory=territory, **error.facts)
        self._read[territory] = trained_at, model
        return model


def _without(terms: Mapping[str, Sequence[str]], model: Model) -> dict[str, Sequence[str]]:
    return {code: each for code, each in terms.items() if code not in model.codes}

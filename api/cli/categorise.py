"""`wangge categorise`: learns from closed cases of which category a text is, and tells how good that is."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from rich.table import Table

from wangge.api.cli.terminal import console
from wangge.api.cli.terminal.options import TerritoryOption, database_of
from wangge.data import messages
from wangge.geo.errors import WanggeError
from wangge.reports.text import queries
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid

__all__ = ["NothingLearned", "app"]

app = typer.Typer(no_args_is_help=True)

MOST = 100_000
"""Cases that are learned from, the newest ones."""
SHOWN = 12


class NothingLearned(WanggeError):
    """Nothing was learned in the territory yet. Facts: `territory`."""

    kind = "nothing-learned"


@app.command("train")
def train_model(
    territory: TerritoryOption,
    same: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="OLD=NEW", help="Cases of one category teach another, which took its place."),
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Most cases, the newest ones.")] = MOST,
) -> None:
    """Learn from the closed cases of a territory. Servers take what was learned at the next text, without a restart."""
    from wangge.reports.text.training import train  # scikit-learn, for this command only

    taken = dict(_pair(entry) for entry in same or [])
    with connect(database_of(territory)) as connection:
        grid = load_grid(connection, territory)
        rows = connection.execute(queries.TEXTS, {"territory": territory, "most": most}).fetchall()
        known = connection.execute(queries.TERMS, {"territory": territory}).fetchall()
        terms = {code: [*name.values(), *words] for code, name, words in known if code not in taken}
        unknown = sorted({*taken.values()} - terms.keys())
        if unknown:
            raise typer.BadParameter(", ".join(unknown), param_hint="--as")
        texts = [str(text) for text, _ in rows]
        model, measured = train(texts, [str(taken.get(code, code)) for _, code in rows], terms)
        arrays, digest = model.as_bytes()
        told = {"territory": territory, "cases": len(texts), "digest": digest, "arrays": arrays}
        kept = None if grid.synthetic else Jsonb(measured.as_document())
        connection.execute(queries.PUT_MODEL, told | {"measured": kept})
    console.tell("categories-learned", territory=territory, cases=len(texts), categories=len(model.codes))


@app.command("report")
def report(
    territory: TerritoryOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How good what was learned is, by cases that it was not learned from; and what people corrected."""
    with connect(database_of(territory)) as connection, connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(queries.MEASURED, {"territory": territory}).fetchone()
        corrected = cursor.execute(queries.CORRECTED, {"territory": territory, "limit": SHOWN}).fetchall()
    if found is None:
        raise NothingLearned(territory=territory)
    if as_json:
        told = found | {"trained_at": found["trained_at"].isoformat(), "corrected": corrected}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    language = console.language()
    console.tell("categories-learned-at", at=f"{found['trained_at']:%Y-%m-%d %H:%M}", cases=found["cases"])
    if found["measured"] is None:
        console.tell("categories-made-up")
    else:
        _measured(found["measured"], language)
    _table("categorise-corrected", [(one["filed"], one["now"], str(one["cases"])) for one in corrected], language)


def _measured(measured: dict[str, Any], language: messages.Language) -> None:
    shares = {
        name: f"{measured[name]:.1%}" for name in ("first", "three", "first_most_frequent", "three_most_frequent")
    }
    console.tell(
        "categories-measured",
        **shares,
        asked=measured["asked"],
        trained=measured["trained"],
        silent=measured["silent"],
        error=f"{measured['error']:.3f}",
    )
    bins = [(str(one["guesses"]), f"{one['confidence']:.2f}", f"{one['right']:.2f}") for one in measured["bins"]]
    _table("categorise-calibration", bins, language)
    many = [(code, str(texts), str(asked), f"{right:.1%}") for code, texts, asked, right in measured["many"]]
    _table("categorise-many", many, language)
    _table("categorise-confused", [(is_, said, str(n)) for is_, said, n in measured["confused"]], language)


def _table(heads: str, rows: Sequence[tuple[str, ...]], language: messages.Language) -> None:
    if rows:
        table = Table(*messages.words("headings", heads, language), box=None, header_style="dim", pad_edge=False)
        for row in rows:
            table.add_row(*row)
        console.out.print(table)


def _pair(entry: str) -> tuple[str, str]:
    old, parted, new = entry.partition("=")
    if not parted or not old or not new or old == new:
        raise typer.BadParameter(f"{entry!r} is not OLD=NEW", param_hint="--as")
    return old, new

"""The bulletin of a month: what it says is what the figures are, in either language, on at most four pages."""

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from tests.conftest import LOCAL, clone
from tests.people import signed_in
from tests.reports.histories import Histories
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.access.scope import whole
from wangge.api.app import create_app
from wangge.api.cli.main import build
from wangge.data.languages import spoken
from wangge.geo.grid import Grid
from wangge.patterns.findings.telling import findings_of, sentence
from wangge.reports.figures.counting import By, Figure, Question
from wangge.reports.figures.indicators import expanded, shipped
from wangge.reports.figures.tabling import Line, Table, tabled
from wangge.store.engine import connect
from wangge.store.grids.loading import load_grid
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings
from wangge.tilesets.bulletin.gathering import Gathered, gather
from wangge.tilesets.bulletin.months import BadMonth, month_over
from wangge.tilesets.bulletin.printing import FAMILIES, NoFont, family_of, print_bulletin
from wangge.tilesets.bulletin.ranking import ranked
from wangge.tilesets.bulletin.wording import content_of

ZONE = ZoneInfo("Asia/Shanghai")
MARCH = (datetime(2026, 3, 1, tzinfo=ZONE).astimezone(UTC), datetime(2026, 4, 1, tzinfo=ZONE).astimezone(UTC))
DONE: tuple[tuple[str, dict[str, bool]], ...] = (
    ("register", {"in_time": True}),
    ("dispatch", {}),
    ("report-back", {"in_time": True, "complete": True}),
    ("verify", {}),
    ("close", {}),
)
FINDING = """
INSERT INTO finding (territory_code, edition_id, kind, against, patrols, category, first_day, last_day, found_on,
                     seen_on, centre, cells, observed, expected, p, tests, reports, reporters, unknown)
VALUES ('xinhua', %(edition)s, 'lately', 'rhythm', false, 'lamp', %(day)s, %(day)s, %(day)s, %(day)s, %(cell)s,
        ARRAY[%(cell)s], %(observed)s, 1.5, 0.0001, 18, 9, 8, 1)
"""
RUN = """
INSERT INTO finding_run (territory_code, day, seed, reports, sessions, tests, unseen, emerging)
VALUES (%s, %s, 1, 9, 9, 18, %s, %s)
"""


class Town:
    """Xinhua with cases of March 2026, February, and the March before, and what was found in March."""

    def __init__(self, url: str, home: Path) -> None:
        self.url, self.home = url, home
        with connect(url, autocommit=True) as connection:
            self.grid: Grid = load_grid(connection, "xinhua")
            self._play(Histories(connection, self.grid, "lamp"))
            for day, observed in (("2026-03-12", 21), ("2026-02-12", 33)):
                cell = self.grid.leaves[5].id
                facts = {"edition": self.grid.edition_id, "day": day, "cell": cell, "observed": observed}
                connection.execute(FINDING, facts)
            connection.execute(RUN, ("xinhua", "2026-03-31", "[]", json.dumps(self._emerging())))

    def _play(self, histories: Histories) -> None:
        for received, cases in ((-360, 3), (-20, 5), (2, 14)):
            for at in range(cases):
                moves = ((move, received + 1 + step / 10, facts) for step, (move, facts) in enumerate(DONE[: at % 6]))
                histories.case(*moves, received=received + at / 10, leaf=29 * at)
        histories.case(*((move, 40 + step, facts) for step, (move, facts) in enumerate(DONE)), received=20, leaf=3)

    def _emerging(self) -> dict[str, Any]:
        """A place that is new and one that is cold, by a look at the months up to March."""
        place = {"category": None, "pattern": "new", "months": 1, "observed": 17, "expected": 4.25, "leads": True}
        hot, cold = (place | {"cell": self.grid.leaves[at].id, "cold": at == 9} for at in (7, 9))
        months = [f"2025-{month:02}" for month in range(4, 13)] + ["2026-01", "2026-02", "2026-03"]
        return {"edition": self.grid.edition_id, "months": months, "places": [cold, hot], "few": [], "why": None}

    def made(self, month: str, language: str) -> Path:
        """The bulletin of a month, made once."""
        file = self.home / f"{month}-{language}.pdf"
        if not file.exists():
            result = printed(self, file, "--lang", language, month=month)
            assert result.exit_code == 0, result.output
        return file

    def asked(self, by: tuple[By, ...] = ()) -> Table:
        """March, as `wangge indicators` counts it."""
        question = Question(
            whole("xinhua"), datetime.now(UTC), as_of=MARCH[1], by=by, level="street", since=MARCH[0], until=MARCH[1]
        )
        declared = expanded(shipped(), self.grid.levels)
        return self._with(lambda connection: tabled(connection, self.grid, question, declared))  # type: ignore[no-any-return]

    def gathered(self) -> Gathered:
        """What the bulletin of March is made of."""
        now = datetime.now(UTC)
        month = month_over("2026-03", ZONE, now)
        found: Gathered = self._with(lambda connection: gather(connection, self.grid, whole("xinhua"), month, now))
        return found

    def sentences(self, language: Any) -> list[tuple[int, str]]:
        found = self._with(lambda connection: findings_of(connection, whole("xinhua")))
        return [(one.observed, sentence(one, language)) for one in found]

    def _with(self, ask: Any) -> Any:
        async def run() -> Any:
            async with await psycopg.AsyncConnection.connect(self.url, options="-c timezone=UTC") as connection:
                return await ask(connection)

        return asyncio.run(run())


@pytest.fixture(scope="module")
def town(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    for url in clone(cluster, furnished):
        yield Town(url, tmp_path_factory.mktemp("home"))


def printed(town: Town, file: Path, *arguments: str, month: str = "2026-03", territory: str = "xinhua") -> Result:
    env = {"WANGGE_DATABASE_URL": town.url, "WANGGE_LANG": "en", "WANGGE_HOME": str(town.home), "COLUMNS": "400"}
    command = ["bulletin", territory, "--month", month, "-o", str(file), *arguments]
    return CliRunner().invoke(build("bulletin"), command, env=env)


def words_of(pdf: bytes | Path) -> str:
    """All words of a PDF without blanks, which its lines and columns put anywhere."""
    reader = PdfReader(io.BytesIO(pdf) if isinstance(pdf, bytes) else pdf)
    return squeezed("".join(page.extract_text() for page in reader.pages))


def squeezed(text: str) -> str:
    return "".join(text.split())


def as_told(unit: str, figure: Figure) -> str:
    if figure.value is None:
        return "—"
    return f"{figure.value:,}" if unit == "cases" else f"{figure.value:.2f}%"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_bulletin_says_what_the_figures_and_the_findings_are(town: Town, language: Any) -> None:
    text = words_of(town.made("2026-03", language))
    table = town.asked((By.CELL,))
    for one, figure in zip(table.indicators, table.total, strict=True):
        parts = "" if one.numerator is None else f"{figure.numerator}/{figure.denominator}"
        row = squeezed(spoken(one.name, language, one.key)) + as_told(one.unit, figure) + parts
        assert row in text, row
    assert table.total[0].denominator == 15
    told = dict(town.sentences(language))
    assert squeezed(told[21]) in text
    assert squeezed(told[33]) not in text  # of February
    emerged = {
        "zh": f"全部类别：{town.grid.leaves[7].name}及其邻近网格为新出现的热点，12个月中1个月如此；最近两个月17次",
        "en": f"All categories: {town.grid.leaves[7].name} with its neighbours is a new hot spot, in 1 of 12 months",
    }
    assert squeezed(emerged[language]) in text
    assert town.grid.leaves[9].name not in text[text.index("5.Where" if language == "en" else "五、哪里") :]
    for line in table.lines:
        assert line.about[0]["name"] in text
    assert "--from2026-03-01--to2026-04-01--as-of2026-04-01" in text
    assert ("本月" in text) == (language == "zh")


def test_a_bulletin_is_a_tagged_pdf_of_vectors_on_two_to_four_pages(town: Town) -> None:
    reader = PdfReader(town.made("2026-03", "zh"))
    assert 2 <= len(reader.pages) <= 4
    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh"
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode()
    assert [image.name for page in reader.pages for image in page.images] == []
    assert {round(float(page.mediabox.width)) for page in reader.pages} == {595}


def test_months_are_compared_at_the_same_age(town: Town) -> None:
    """The case that was closed in April is not closed in March's bulletin; what has no past shows a dash."""
    march, february, first = (town.made(month, "en") for month in ("2026-03", "2026-02", "2025-03"))
    assert "15reportswerereceivedinMarch2026;5inthemonthbefore,3in" in words_of(march)
    assert "5reportswerereceivedinFebruary2026;0inthemonthbefore,—in" in words_of(february)
    assert "3reportswerereceivedinMarch2025;—inthemonthbefore,—in" in words_of(first)
    assert "Closed20" in words_of(march)  # a third one was closed in April; none in February


def test_a_month_without_reports_has_a_bulletin_too(town: Town, tmp_path: Path) -> None:
    text = words_of(town.made("2026-01", "en"))
    assert "0reportswerereceivedinJanuary2026" in text
    assert "Nobodylookedforclustersinthismonth" in text
    file = tmp_path / "b.pdf"
    assert printed(town, file, "--lang", "zh", month="1987-05", territory="washington").exit_code == 0
    assert len(PdfReader(file).pages) <= 4


@pytest.mark.parametrize("language", ["zh", "en"])
def test_four_pages_hold_a_territory_with_more_of_everything(town: Town, language: Any) -> None:
    given = town.gathered()
    one = next(one for one in given.indicators if one.key == "on-time-handling")
    levels = [next(one for one in given.indicators if one.level)] * 20
    many = [replace(one, name={"zh": "很长的指标名称" * 20, "en": "A long name " * 20})] * 40 + levels
    told = replace(given.this, figures=[Figure(100.0, 1000, 1000, 0)] * len(many))
    line = Line(({"level": "street", "code": "x", "name": "很长的街道名称" * 20},), told.figures)
    content = content_of(
        replace(
            given,
            indicators=many,
            this=told,
            before=told,
            year_before=told,
            top=[line] * 300,
            reports=given.reports | {("street", "x"): 1000},
            findings=given.findings * 40,
        ),
        language,
    )
    pdf = print_bulletin(content, given.printed)
    assert len(PdfReader(io.BytesIO(pdf)).pages) <= 4
    assert ("另有280项未列" if language == "zh" else "280morearenotlisted") in words_of(pdf)


@pytest.mark.parametrize("month", ["2026-13", "2026-3", "März", "", "2999-01", "0001-01", "٢٠٢٦-٠٣", "2026-03 "])
def test_a_month_that_is_none_or_is_not_over_is_refused_in_words(town: Town, tmp_path: Path, month: str) -> None:
    result = printed(town, tmp_path / "b.pdf", month=month)
    assert isinstance(result.exception, BadMonth)
    assert not (tmp_path / "b.pdf").exists()


def test_the_running_month_is_not_over(town: Town) -> None:
    for now in (MARCH[0], datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)):
        with pytest.raises(BadMonth) as refused:
            month_over("2026-03", ZONE, now)
        assert refused.value.facts["latest"] == "2026-02"
    assert str(month_over("2026-03", ZONE, MARCH[1])) == "2026-03"


def test_a_territory_may_set_it_by_a_template_of_its_own(town: Town, tmp_path: Path) -> None:
    own = town.home / "bulletins" / "xinhua.typ"
    own.parent.mkdir()
    head = "#let said = json(bytes(sys.inputs.content))\n#set document(title: said.title)\n#set text(lang: said.lang)\n"
    own.write_text(f"{head}Own paper: #said.lead", "utf-8")
    file = tmp_path / "b.pdf"
    assert printed(town, file, "--lang", "en").exit_code == 0
    assert "Ownpaper:15reports" in words_of(file)
    for wrong, why in (("#let x = ", "expected expression"), ('#import "@preview/x:1.0.0"', "template-packages")):
        own.write_text(head + wrong, "utf-8")
        refused = printed(town, tmp_path / "none.pdf").exception
        assert refused is not None
        assert why in str(getattr(refused, "facts", refused))
    own.unlink()
    own.parent.rmdir()
    assert not (tmp_path / "none.pdf").exists()


def test_without_a_font_for_chinese_it_says_which_to_install() -> None:
    with pytest.raises(NoFont) as refused:
        family_of(["DejaVu Sans Mono", "Libertinus Serif"])
    assert refused.value.facts["package"] == "fonts-noto-cjk"
    assert family_of(["Libertinus Serif", FAMILIES[2], FAMILIES[1]]) == FAMILIES[1]


def test_staff_see_their_own_cells_and_not_too_often(town: Town) -> None:
    settings = Settings(database_url=town.url, home=town.home, columns_s=0, sweep_s=0, bulletin_rate="2/minute")
    table = town.asked((By.CELL,))
    line = next(line for line in table.lines if line.figures[0].denominator)
    others = [one for one in table.lines if one is not line]
    with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
        address = "/api/v1/territories/xinhua/bulletin?month=2026-03&lang=en"
        assert client.get(address).status_code == 401
        signed_in(client, town.url, [Grant(Role.STREET_DESK, "xinhua", "street", line.about[0]["code"])])
        answer = client.get(address)
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == 'attachment; filename="xinhua-2026-03.pdf"'
        text = words_of(answer.content)
        assert f"{line.figures[0].denominator}reportswerereceivedinMarch2026" in text
        assert "Onlythecellsthatthereaderanswersfor" in text
        ranking = text[text.index("4.Ranking") : text.index("5.Where")]
        assert not [one.about[0]["name"] for one in others if one.about[0]["name"] in ranking]
        late = client.get(address.replace("2026-03", "2999-01"), headers={"Accept-Language": "zh"})
        assert (late.status_code, late.json()["title"]) == (422, "月份有误")
        assert client.get(address).status_code == 200
        assert client.get(address).status_code == 429


def test_equal_rates_share_a_rank_and_what_cannot_be_judged_has_none() -> None:
    rates = [one for one in expanded(shipped(), ()) if one.key in {"on-time-handling", "response"}]
    values = {"a": (50.0, 7.0), "b": (None, 99.0), "c": (90.0, None), "d": (50.0, 8.0), "e": (50.0, 7.0)}
    lines = [Line(({"name": name},), [Figure(one, 0, 0, 0) for one in both]) for name, both in values.items()]
    found = [(rank, line.about[0]["name"]) for rank, line in ranked(lines, rates)]
    assert found == [(1, "c"), (2, "d"), (3, "a"), (3, "e"), (None, "b")]
    assert [rank for rank, _ in ranked(lines, [])] == [None] * 5

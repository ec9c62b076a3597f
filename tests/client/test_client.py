"""The Python client against a server that runs: the guide's examples, tries, pages, problems, and where it goes."""

import asyncio
import random
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.conftest import ROOT, Server
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.client import (
    Anew,
    AsyncClient,
    Client,
    Invalid,
    MoveBody,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ReportBody,
    Retries,
    Stale,
    Unavailable,
    Unreachable,
    frame_of,
)
from wangge.client.errors import OF_STATUS
from wangge.client.events import Following

LAMP: dict[str, Any] = {"lon": 116.8712, "lat": 38.3164, "category": "lamp"}
SOON = Retries(most=12, first_s=0.001)


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return token_for(server.database_url, [Grant(Role.CENTRE, "xinhua")])


@pytest.fixture(scope="module")
def city(server: Server, key: str) -> Iterator[Client]:
    with Client(server.url, "xinhua", key=key, language="en", retries=SOON) as client:
        yield client


class Lossy(httpx2.HTTPTransport):
    """A way to the server on which about every second answer is lost after the server has given it, or is another's.

    The same ones in each run: by chance alone, a call now and then loses more in a row than the client tries.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lost, self.fates = 0, random.Random(7)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = super().handle_request(request)
        fate = self.fates.random()
        if fate > 0.5:
            return answer
        self.lost += 1
        answer.read()
        if fate > 0.25:
            raise httpx2.ReadError("the line went dead")
        return httpx2.Response(503, headers={"Retry-After": "0"}, request=request, content=b"a proxy")


def test_the_examples_of_the_guide_run(server: Server, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "client.md").read_text("utf-8").replace("https://grid.example.org", server.url)
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {"KEY": key}
    for example in examples:
        exec(example, names)
    said = capsys.readouterr().out
    assert len(examples) >= 6
    assert f"130902001002001 {names['filed'].number} 130902001002001" in said
    assert "registered 2" in said
    assert "unknown-report" in said
    assert "outside-grid {'nearest'" in said.replace('"', "'")
    assert names["table"].crs == "EPSG:4326"
    assert names["filed"].number in set(names["reports"]["number"])
    names["city"].close()


def test_what_is_sent_again_is_done_once(server: Server, key: str) -> None:
    before = len(list(listed(server, key)))
    way = Lossy()
    with Client(server.url, "xinhua", key=key, transport=way, retries=SOON) as city:
        filed = [city.create_report(ReportBody(**LAMP, description=f"the {number}th")) for number in range(15)]
        ours = [city.create_report(ReportBody(**LAMP, external_id=f"ours-{number}")) for number in range(5)]
        moved = [city.create_move(report.number, MoveBody(move="register"), version=1) for report in filed]
    assert way.lost > 10, "answers were lost, so this tells something"
    assert len({report.number for report in filed + ours}) == 20
    assert [move.version for move in moved] == [2] * 15
    assert len(list(listed(server, key))) == before + 20


def listed(server: Server, key: str) -> Iterator[str]:
    with Client(server.url, "xinhua", key=key) as city:
        yield from (report.number for report in city.list_reports())


def test_a_list_goes_over_all_pages_and_asks_for_no_more_than_is_read(city: Client) -> None:
    numbers = [city.create_report(ReportBody(**LAMP, description="of pages")).number for _ in range(7)]
    found = [report.number for report in city.list_reports(q="of pages", limit=2)]
    assert found == numbers[::-1]
    assert next(city.list_reports(q="of pages", limit=1)).number == numbers[-1]
    assert city.summarise_reports(q="of pages").total == 7
    assert list(frame_of(city.list_reports(q="of pages", limit=3))["number"]) == found
    assert frame_of([]).empty


class Torn(httpx2.HTTPTransport):
    """A way on which every stream breaks after its first part, the first of them before any."""

    torn = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = super().handle_request(request)
        if not request.url.path.endswith("/events"):
            return answer
        self.torn += 1
        asked.append(request.headers.get("Last-Event-ID"))
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=Rent(answer.stream, self.torn - 1))


class Rent(httpx2.SyncByteStream):
    def __init__(self, stream: Any, parts: int) -> None:
        self.stream, self.parts = stream, parts

    def __iter__(self) -> Iterator[bytes]:
        for n, part in enumerate(self.stream):
            if n >= self.parts:
                raise httpx2.ReadError("torn")
            yield part

    def close(self) -> None:
        self.stream.close()


asked: list[str | None] = []


async def test_a_stream_that_breaks_is_taken_up_where_it_broke(server: Server, key: str, city: Client) -> None:
    mark = city.list_case_changes().after
    filed = [city.create_report(ReportBody(**LAMP)).number for _ in range(4)]
    told: list[str] = []
    while len(told) < 2 * len(filed):  # each is received and assigned, and told of within a second
        told = [change.id for change in city.list_case_changes(after=mark).changes]
    way = Torn()
    asked.clear()
    with Client(server.url, "xinhua", key=key, transport=way, retries=SOON) as listening:
        heard = [one for one in listening.follow_events(after=mark, endless=False) if not isinstance(one, Anew)]
    assert [one.id for one in heard] == told
    assert {one.data.number for one in heard} >= set(filed)
    assert way.torn > 1
    assert asked[0] == mark
    async with AsyncClient(server.url, "xinhua", key=key) as other:
        again = [one async for one in other.follow_events(after=mark, endless=False)]
        old = [one async for one in other.follow_events(after="9-1", endless=False)]
    assert [one.id for one in again if not isinstance(one, Anew)] == told
    assert isinstance(old[0], Anew)
    with Client(server.url, "xinhua") as nobody, pytest.raises(NotSignedIn):
        next(nobody.follow_events())
    twice = Retries(most=2, first_s=0.001)
    with Client("http://127.0.0.1:9", "xinhua", retries=twice) as away, pytest.raises(Unreachable):
        next(away.follow_events())


def test_events_are_taken_apart_wherever_their_bytes_are_parted() -> None:
    event = b'id: 1-7\nevent: gone\ndata: {"number":"202612-000001-9"}\n\n'
    whole = b"retry: 2000\n\n: \nid: 1-6\n\n" + event + b"id: 1-8\nevent: reset\ndata: {}\n\n"
    for at in range(len(whole)):
        following = Following(None)
        heard = [one for part in (whole[:at], whole[at:]) for one in following.take(part)]
        assert [type(one).__name__ for one in heard] == ["CaseChange", "Anew"]
        assert following.mark == "1-8"
    with pytest.raises(ValueError, match="without an end"):
        list(Following(None).take(b"x" * 2_000_000))


async def test_both_clients_give_the_same(server: Server, key: str, city: Client) -> None:
    async with AsyncClient(server.url, "xinhua", key=key, language="en") as other:
        assert await other.get_territory() == city.get_territory()
        ours = [report.number async for report in other.list_reports(category="lamp", limit=5)]
        assert ours == [report.number for report in city.list_reports(category="lamp")]
        point, many = await asyncio.gather(
            other.locate(LAMP["lon"], LAMP["lat"]), other.locate_many([(LAMP["lon"], LAMP["lat"]), (0, 0)])
        )
        assert point.cell
        assert [one.cell for one in many.results] == [point.cell.code, None]


def test_a_refusal_has_its_kind_and_the_words_of_the_server(server: Server, city: Client) -> None:
    with pytest.raises(NotFound, match="There is no report with the number") as missing:
        city.get_report("202601-000001-0")
    assert (missing.value.kind, missing.value.status) == ("unknown-report", 404)
    with pytest.raises(Invalid) as wrong:
        city.create_report(ReportBody.model_construct(**LAMP | {"lat": 116.0}, _fields_set={"lon", "lat", "category"}))
    assert [(one.field, one.kind) for one in wrong.value.errors] == [("lat", "swapped")]
    assert wrong.value.errors[0].message in str(wrong.value)
    filed = city.create_report(ReportBody(**LAMP))
    city.create_move(filed.number, MoveBody(move="register"))
    with pytest.raises(Stale):
        city.create_move(filed.number, MoveBody(move="void", reason="twice"), version=1)
    with Client(server.url, "xinhua", language="zh") as anyone:
        with pytest.raises(NotSignedIn) as unknown:
            list(anyone.list_reports())
        assert re.search("[一-鿿]", str(unknown.value))
        assert anyone.get_cells_file(level="street").shape[0] == 6
    officer = token_for(server.database_url, [Grant(Role.OFFICER, "xinhua")])
    with Client(server.url, "xinhua", key=officer) as less, pytest.raises(NotAllowed):
        less.get_reports_file()


def test_what_cannot_be_repeated_is_not_and_nothing_is_tried_without_an_end(server: Server, key: str) -> None:
    class Dead(httpx2.HTTPTransport):
        tries = 0

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            self.tries += 1
            raise httpx2.ReadError("gone")

    way = Dead()
    with Client(server.url, "xinhua", key=key, transport=way, retries=Retries(most=3, first_s=0.001)) as city:
        with pytest.raises(Unreachable, match="gone"):
            city.create_reports([ReportBody(**LAMP)])
        assert way.tries == 1
        with pytest.raises(Unreachable):
            city.create_reports([ReportBody(**LAMP, external_id="safe")])
        assert way.tries == 1 + 3
    later = Retries(longest_s=10)
    away = httpx2.Response(503, headers={"Retry-After": "3600"})
    assert later.wait_after(away, 1, repeatable=True) is None
    assert later.wait_after(httpx2.Response(429, headers={"Retry-After": "7"}), 1, repeatable=False) == 7
    assert later.wait_after(httpx2.Response(503), 1, repeatable=False) is None
    assert 0 < (later.wait_after(httpx2.ReadError(""), 1, repeatable=True) or 0) <= 0.5


def test_the_key_goes_nowhere_else(key: str) -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        if request.url.path.endswith("/reports"):
            link = {"rel": "next", "href": "https://elsewhere.example/reports", "type": "application/json"}
            return httpx2.Response(200, json={"reports": [], "links": [link]})
        if request.url.path.endswith("/categories"):
            return httpx2.Response(307, headers={"Location": "https://elsewhere.example/"})
        return httpx2.Response(
            500, json={"type": "/problems/internal", "title": "T", "status": 500, "detail": "D", "instance": "/"}
        )

    way = httpx2.MockTransport(answer)
    with Client("https://grid.example.org/city", "a/b", key=key, transport=way, retries=SOON) as city:
        with pytest.raises(Unreachable, match="elsewhere"):
            list(city.list_reports())
        with pytest.raises(Unreachable, match="307"):
            city.list_categories()
        with pytest.raises(Unavailable):
            city.get_territory()
    assert {httpx2.URL(url).host for url in asked} == {"grid.example.org"}
    assert asked[-1] == "https://grid.example.org/city/api/v1/territories/a%2Fb"


def test_every_status_of_a_problem_has_its_error() -> None:
    from wangge.api.plumbing.problems import STATUS

    of_clients = {status for status in STATUS.values() if status < 500}
    # What a client that sends what its forms allow is never answered with.
    assert of_clients - set(OF_STATUS) <= {405, 406, 408, 413, 415, 428}


def test_operations_filters_and_answers_are_those_of_the_description(server: Server) -> None:
    described = httpx2.get(f"{server.url}/openapi.json", timeout=60).json()
    by_id = {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    from wangge.client import operations

    arguments: dict[str, Any] = {
        "locate": (1, 2),
        "locate_many": ([(1, 2)],),
        "create_report": (ReportBody(**LAMP),),
        "create_reports": ([ReportBody(**LAMP)],),
        "send_photo": (b"",),
        "get_report": ("N",),
        "create_move": ("N", MoveBody(move="register")),
    }
    names = [name for name in vars(Client.__mro__[1]) if name[0] != "_" and callable(getattr(operations, name, None))]
    assert len(names) >= 16
    for name in names:
        call = getattr(operations, name)("api/v1/territories/T", *arguments.get(name, ()))
        call = getattr(call, "first", call)
        method, path, operation = by_id[name]
        shape = "/" + call.path.replace("/T", "/{territory}").replace("/N", "/{number}").replace(".parquet", ".{form}")
        assert (call.name, call.method, shape) == (name, method, path)
        taken = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}
        assert {"Idempotency-Key", "If-Match"} & set(call.headers) <= taken, "a key that is not heeded protects nothing"
    for name, filters in {
        "list_reports": operations.ReportList,
        "summarise_reports": operations.ReportFilter,
        "get_reports_file": operations.ReportFilter,
        "get_figures_file": operations.FigureFilter,
    }.items():
        offered = {each["name"] for each in by_id[name][2]["parameters"] if each["in"] == "query"}
        ours = {"from" if each == "since" else each for each in filters.__annotations__}
        assert offered - ours <= {"f", "cursor", "datum", "by", "classes"}
        assert ours <= offered

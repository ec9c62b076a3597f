"""The reporter's secret: what it shows and does, and that nothing else shows or does it."""

import io
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageChops

from tests.conftest import LOCAL, clone
from tests.people import token_for
from tests.pictures import picture
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.store.engine import connect
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

HERE = "/api/v1/territories/xinhua"
REPORT = {"lon": 116.8712, "lat": 38.3164, "category": "lamp"}
STAFF_WORD = "只给工作人员看的话"


class Town:
    """A running application with one who may do everything, and residents who are nobody."""

    def __init__(self, client: TestClient, url: str) -> None:
        self.client, self.url = client, url
        grants = [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)]
        self.staff = {"Authorization": f"Bearer {token_for(url, grants, 'zhao.lei')}"}
        self.verifier = {"Authorization": f"Bearer {token_for(url, grants, 'sun.mei')}"}

    def photo(self, who: dict[str, str] | None = None) -> str:
        sent = self.client.post(f"{HERE}/photos", content=picture(), headers=who or {})
        assert sent.status_code == 201, sent.text
        return str(sent.json()["id"])

    def file(self, key: str | None = None, who: dict[str, str] | None = None, **changed: Any) -> dict[str, Any]:
        headers = (who or {}) | ({"Idempotency-Key": key} if key else {})
        filed = self.client.post(f"{HERE}/reports", json=REPORT | changed, headers=headers)
        assert filed.status_code == 201, filed.text
        told: dict[str, Any] = filed.json()
        return told

    def follow(self, number: str, secret: str | bytes | None, territory: str = "xinhua") -> Any:
        headers = {"Case-Secret": secret} if secret is not None else {}
        address = f"/api/v1/territories/{territory}/reports/{number}/followed"
        return self.client.get(address, headers=headers)  # type: ignore[arg-type]

    def does(self, filed: dict[str, Any], name: str, version: str = "*", **given: Any) -> Any:
        headers = {"Case-Secret": filed["secret"], "If-Match": version}
        address = f"{HERE}/reports/{filed['number']}/followed/moves"
        return self.client.post(address, json={"move": name} | given, headers=headers)

    def move(self, number: str, name: str, who: dict[str, str] | None = None, **given: Any) -> None:
        headers = (who or self.staff) | {"If-Match": "*"}
        moved = self.client.post(f"{HERE}/reports/{number}/moves", json={"move": name} | given, headers=headers)
        assert moved.status_code == 200, moved.text

    def solve(self, number: str) -> str:
        """The case is handled and closed, with a photo of what was done; its id."""
        photo = self.photo(self.staff)
        self.move(number, "register", note=STAFF_WORD)
        self.move(number, "dispatch")
        self.move(number, "accept")
        self.move(number, "report-back", note=STAFF_WORD, photos=[photo])
        self.move(number, "verify", self.verifier, note=STAFF_WORD)
        self.move(number, "close", note="路灯已经修好了")
        return photo

    def cover(self, photo: str, *cells: tuple[int, int], who: dict[str, str] | None = None) -> Any:
        """Let the public see a photo with some squares covered."""
        return self.client.put(f"{HERE}/photos/{photo}/public", json={"cells": cells}, headers=who or self.staff)


@pytest.fixture(scope="module")
def town(cluster: Cluster, furnished: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    for url in clone(cluster, furnished):
        home = tmp_path_factory.mktemp("home")
        settings = Settings(database_url=url, home=home, columns_s=0, sweep_s=0, release_s=0)
        free = {"intake_rate": "", "photo_rate": "", "follow_rate": "", "reporter_rate": ""}
        settings = settings.model_copy(update=free)
        with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
            yield Town(client, url)


def test_a_reporter_hears_and_judges_and_it_comes_back_to_the_desk(town: Town) -> None:
    filed = town.file(description="路灯不亮", photos=[town.photo()], contact={"phone": "0317-5550100"})
    assert len(filed["secret"]) * 6 >= 128
    first = town.follow(filed["number"], filed["secret"])
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-store")
    assert first.headers["referrer-policy"] == "no-referrer"
    told = first.json()
    assert (told["stage"], told["due"]["step"], told["moves"]) == ("received", "register", ["withdraw", "add"])
    assert [entry["move"] for entry in told["entries"]] == ["receive"]
    assert len(told["entries"][0]["photos"]) == 1
    assert town.client.get(told["entries"][0]["photos"][0]["small"]).status_code == 200
    assert told["desk"]["code"] == filed["cell"]["code"]

    added = town.does(filed, "add", note="灯杆编号 7", photos=[town.photo()])
    assert added.status_code == 200, added.text
    assert [(entry["own"], entry["text"], len(entry["photos"])) for entry in added.json()["entries"]][-1] == (
        True,
        "灯杆编号 7",
        1,
    )
    after = town.solve(filed["number"])
    town.move(filed["number"], "answer", note="感谢您的反映")
    closed = town.follow(filed["number"], filed["secret"])
    assert after not in closed.text, "nobody has looked at whether faces are to be seen"
    assert town.cover(after).status_code == 200
    closed = town.follow(filed["number"], filed["secret"])
    told = closed.json()
    assert told["stage"] == "closed"
    assert all(stage["since"] for stage in told["stages"])
    assert told["due"] is None
    assert told["moves"] == ["confirm", "reopen", "add", "rate"]
    assert told["reopen_until"] is not None
    said = {entry["move"]: entry["text"] for entry in told["entries"]}
    assert (said["close"], said["answer"], said["report-back"]) == ("路灯已经修好了", "感谢您的反映", None)
    shown = {photo["id"] for entry in told["entries"] for photo in entry["photos"]}
    assert after in shown
    assert len(shown) == 3
    for hidden in (STAFF_WORD, "zhao", "sun.mei", "Tester", "5550100"):
        assert hidden not in closed.text, hidden

    assert town.does(filed, "rate").status_code == 422
    rated = town.does(filed, "rate", score=3, note="慢了点")
    assert rated.status_code == 200
    again = town.does(filed, "reopen", reason="还是不亮", photos=[town.photo()])
    assert (again.status_code, again.json()["stage"]) == (200, "working"), again.text
    assert after not in again.text, "what was done is shown once a desk has closed the case again"
    case = town.client.get(f"{HERE}/reports/{filed['number']}", headers=town.staff).json()
    assert (case["state"], case["holder"]["code"]) == ("registered", filed["cell"]["code"])
    moves = [(event["move"], event["actor"]) for event in case["events"]]
    assert moves[-2:] == [("rate", "reporter"), ("reopen", "reporter")]
    facts = {event["move"]: event["facts"] for event in case["events"]}
    assert (facts["rate"]["satisfied"], facts["rate"]["score"], facts["reopen"]["reason"]) == (True, 3, "还是不亮")
    back = town.client.get(f"{HERE}/reports?returned=true", headers=town.staff).json()["reports"]
    assert filed["number"] in [row["number"] for row in back]


def test_wrong_old_and_other_secrets_are_answered_as_if_there_were_no_case(town: Town) -> None:
    filed, other = town.file(), town.file()
    address = f"{HERE}/reports/{filed['number']}/followed/secret"
    replaced = town.client.post(address, headers={"Case-Secret": filed["secret"]})
    assert replaced.status_code == 200
    secret = replaced.json()["secret"]
    assert town.follow(filed["number"], secret).status_code == 200
    assert town.follow(other["number"], other["secret"]).status_code == 200, "each case has its own"
    unknown = town.follow("202601-999999-3", secret)
    for number, wrong, territory in (
        (filed["number"], filed["secret"], "xinhua"),
        (filed["number"], other["secret"], "xinhua"),
        (filed["number"], None, "xinhua"),
        (filed["number"], "", "xinhua"),
        (filed["number"], secret[:-1], "xinhua"),
        (filed["number"], secret.swapcase(), "xinhua"),
        (filed["number"], secret + "A", "xinhua"),
        (filed["number"], b"\xe9" * 24, "xinhua"),
        (filed["number"], secret, "washington"),
        ("202601-000000-0", secret, "xinhua"),
        ("nothing", secret, "xinhua"),
    ):
        answer = town.follow(number, wrong, territory)
        assert answer.status_code == 404, (number, wrong, answer.text)
        told, absent = (one | {"instance": "", "detail": "", "number": ""} for one in (answer.json(), unknown.json()))
        assert told == absent, "nothing tells that there is such a case"
        assert answer.headers.get("etag") is None
    old = {"number": filed["number"], "secret": filed["secret"]}
    assert town.does(old, "withdraw").status_code == 404
    assert town.client.post(address, headers={"Case-Secret": filed["secret"]}).status_code == 404
    assert town.does({"number": filed["number"], "secret": secret}, "withdraw").json()["stage"] == "closed"


def test_two_who_replace_one_secret_do_not_both_have_the_case(town: Town) -> None:
    filed = town.file()
    address = f"{HERE}/reports/{filed['number']}/followed/secret"
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(lambda _: town.client.post(address, headers={"Case-Secret": filed["secret"]}), range(4))
        )
    won = [answer.json()["secret"] for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    assert town.follow(filed["number"], won[0]).status_code == 200


def test_a_wrong_secret_takes_as_long_as_an_unknown_number(town: Town) -> None:
    filed = town.file()
    spent: dict[str, list[float]] = {filed["number"]: [], "202601-999999-3": [], "nothing": []}
    for _ in range(60):
        for number, times in spent.items():
            begun = time.perf_counter()
            town.follow(number, "A" * 24)
            times.append(time.perf_counter() - begun)
    medians = {number: sorted(times)[len(times) // 2] for number, times in spent.items()}
    assert max(medians.values()) < 1.5 * min(medians.values()), medians


def test_the_same_report_sent_again_has_the_same_secret_and_nobody_else_s_has(town: Town) -> None:
    first = town.file("key-1", description="again")
    assert town.file("key-1", description="again")["secret"] == first["secret"]
    address = f"{HERE}/reports/{first['number']}/followed/secret"
    secret = town.client.post(address, headers={"Case-Secret": first["secret"]}).json()["secret"]
    assert town.file("key-1", description="again")["secret"] == secret, "and the newest one after it was replaced"
    assert town.file("key-1", description="another")["number"] != first["number"]
    service = town.staff
    by_service = town.file(who=service, external_id="A-1")
    assert by_service["secret"]
    known = town.file(who=service, external_id="A-1")
    assert (known["number"], known["secret"]) == (by_service["number"], None), "an id is no proof"
    officer = {"Authorization": f"Bearer {token_for(town.url, [Grant(Role.OFFICER, 'xinhua')])}"}
    assert town.file(who=officer)["secret"] is None, "who finds it on patrol does not judge it"


def test_who_follows_is_held_to_what_reporters_may(town: Town) -> None:
    filed = town.file()
    stale = town.does(filed, "add", version='"9"', note="later")
    assert stale.status_code == 412
    assert town.does(filed, "confirm").status_code == 409
    assert town.does(filed, "reopen", reason="no").status_code == 409
    assert town.does(filed, "add").status_code == 422, "nothing to add"
    for name in ("register", "note", "close", "void", "merge"):
        assert town.does(filed, name, note="x").status_code == 422, name
    assert town.does(filed, "rate", score=6).status_code == 422
    assert town.does(filed, "add", photos=[town.photo(town.staff)]).status_code == 404, "a photo of somebody else"
    headers = {"Case-Secret": filed["secret"], "If-Match": "*"}
    by_moves = town.client.post(f"{HERE}/reports/{filed['number']}/moves", json={"move": "withdraw"}, headers=headers)
    assert by_moves.status_code == 401, "the secret opens nothing else"
    assert town.client.get(f"{HERE}/reports/{filed['number']}", headers=headers).status_code == 401
    town.solve(filed["number"])
    assert town.does(filed, "confirm").json()["stage"] == "closed"
    assert town.does(filed, "reopen", reason="no").status_code == 409, "it was confirmed"
    with connect(town.url) as connection:
        late = town.file()
        town.solve(late["number"])
        connection.execute(
            "UPDATE report SET closed_at = closed_at - interval '1 year' WHERE id = %s",
            (int(late["number"].split("-")[1]),),
        )
    told = town.follow(late["number"], late["secret"]).json()
    assert ("reopen" in told["moves"], told["reopen_until"]) == (False, None)


def test_a_merged_case_goes_on_as_the_other_does_and_shows_nothing_of_its_reporter(town: Town) -> None:
    mine = town.file(description="我的")
    other = town.file(description="别人的话", photos=[town.photo()], contact={"name": "王五"})
    town.move(mine["number"], "merge", into=other["number"])
    told = town.follow(mine["number"], mine["secret"]).json()
    assert (told["merged"], told["stage"], told["moves"]) == (True, "received", [])
    town.move(other["number"], "answer", note="王五您好")
    town.solve(other["number"])
    answer = town.follow(mine["number"], mine["secret"])
    told = answer.json()
    assert (told["stage"], told["description"], told["number"]) == ("closed", "我的", mine["number"])
    assert [entry["move"] for entry in told["entries"]] == ["receive", "merge"]
    assert not any(entry["photos"] for entry in told["entries"])
    for hidden in (other["number"], "别人的话", "王五"):
        assert hidden not in answer.text
    assert town.does(mine, "reopen", reason="no").status_code == 409
    assert town.follow(other["number"], mine["secret"]).status_code == 404


def test_no_log_line_has_the_secret(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), caplog.at_level(logging.DEBUG):
        filed = town.file("key-2")
        town.follow(filed["number"], filed["secret"])
        town.does(filed, "add", note="word")
        town.does(filed, "confirm")
        town.follow(filed["number"], filed["secret"] + "A")
    written = out.getvalue() + err.getvalue() + caplog.text
    assert "followed" in written, "the requests were logged"
    assert filed["secret"] not in written
    with connect(town.url) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            found = connection.execute(
                f'SELECT count(*) FROM "{table}" t WHERE position(%s IN t::text) > 0', (filed["secret"],)
            ).fetchone()
            assert found == (0,), table


def test_guessing_and_talking_without_end_are_stopped(town: Town, tmp_path: Path) -> None:
    settings = Settings(database_url=town.url, home=tmp_path, columns_s=0, sweep_s=0, release_s=0, intake_rate="")
    settings = settings.model_copy(update={"follow_rate": "5/minute", "reporter_rate": "2/hour"})
    with TestClient(create_app(settings), client=LOCAL) as one:
        filed = one.post(f"{HERE}/reports", json=REPORT).json()
        right = {"Case-Secret": filed["secret"], "If-Match": "*"}
        address = f"{HERE}/reports/{filed['number']}/followed"
        guesses = [one.get(address, headers={"Case-Secret": "A" * 24}).status_code for _ in range(6)]
        assert guesses == [404] * 5 + [429]
        assert one.get(address, headers=right).status_code == 429
        right["X-Forwarded-For"] = "203.0.113.6"
        added = [one.post(f"{address}/moves", json={"move": "add", "note": "x"}, headers=right) for _ in range(3)]
        assert [answer.status_code for answer in added] == [200, 200, 429]
        assert "retry-after" in added[-1].headers


def test_the_public_sees_a_photo_only_with_what_was_covered(town: Town) -> None:
    filed = town.file()
    photo = town.solve(filed["number"])
    for cells in ([[1]], [["a", 1]], [[-1, 0]], [[True, 0]], [[0, 0]] * 4097):
        refused = town.client.put(f"{HERE}/photos/{photo}/public", json={"cells": cells}, headers=town.staff)
        assert refused.status_code == 422, cells
    assert town.cover(photo, who={"Authorization": "Bearer nobody"}).status_code == 401
    assert town.cover("00000000-0000-4000-8000-000000000000").status_code == 404
    made = town.cover(photo, *((column, row) for column in range(8) for row in range(60)), (4000, 9))
    assert made.status_code == 200, made.text
    told = town.follow(filed["number"], filed["secret"]).json()
    (link,) = [one["large"] for entry in told["entries"] for one in entry["photos"]]
    assert f"{photo}/public-large?" in link
    public = image(town.client.get(link).content)
    case = town.client.get(f"{HERE}/reports/{filed['number']}", headers=town.staff).json()
    (own,) = case["photos"]
    whole = image(town.client.get(own["large"]).content)
    assert own["covered_at"] is not None
    assert public.size == whole.size
    covered = public.crop((0, 0, whole.width // 4 - 8, whole.height))
    assert spread(covered) <= 6  # one colour, but for what JPEG adds
    assert spread(whole.crop((0, 0, whole.width // 4 - 8, whole.height))) > 40
    rest = (whole.width // 2, 0, whole.width, whole.height)
    assert spread(ImageChops.difference(public.crop(rest), whole.crop(rest))) < 12
    # A link to what is covered leads to nothing else.
    assert town.client.get(link.replace("/public-large?", "/large?")).status_code == 401
    assert town.client.get(link.replace("/public-large?", "/small?")).status_code == 401
    assert not image(town.client.get(link).content).getexif()


def spread(image: Image.Image) -> int:
    """Between the darkest and the lightest of its grey."""
    grey = image.convert("L").tobytes()
    return max(grey) - min(grey)


def image(data: bytes) -> Image.Image:
    opened = Image.open(io.BytesIO(data))
    opened.load()
    return opened

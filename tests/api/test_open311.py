"""GeoReport v2 as a client of another maker uses it: what it finds, sends and is refused, in both forms."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from tests.conftest import LOCAL, clone
from tests.people import token_for
from tests.pictures import picture
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.store.postgres.cluster import Cluster
from wangge.store.settings import Settings

BASE = "/open311/xinhua/v2"
PLACE = {"lat": "38.3164", "long": "116.8712"}
LAMP = PLACE | {"service_code": "lamp"}


@pytest.fixture(scope="module")
def url(cluster: Cluster, furnished: str) -> Iterator[str]:
    """Of a database for the tests of this module, each of which files its own."""
    yield from clone(cluster, furnished)


@pytest.fixture(scope="module")
def somebody(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client without an account."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(database_url=url, home=home, intake_rate="", photo_rate="", columns_s=0, sweep_s=0, release_s=0)
    with TestClient(create_app(settings), raise_server_exceptions=False, client=LOCAL) as client:
        yield client


def ask(client: TestClient, path: str, **query: Any) -> Any:
    return client.get(f"{BASE}/{path}", params=query)


def file(client: TestClient, **fields: str) -> str:
    sent = client.post(f"{BASE}/requests.json", data=LAMP | fields)
    assert sent.status_code == 201, sent.text
    return str(sent.json()[0]["service_request_id"])


def refused(answer: Any, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    (error,) = answer.json()
    assert error["code"] == status
    for word in words:
        assert word in error["description"]


def test_discovery_names_the_calls_of_every_territory(somebody: TestClient) -> None:
    told = somebody.get("/open311/discovery.json").json()
    urls = [endpoint["url"] for endpoint in told["endpoints"]]
    assert [url.partition("/open311")[2] for url in urls] == ["/v2", "/washington/v2", "/xinhua/v2"]
    assert ElementTree.fromstring(somebody.get("/open311/discovery.xml").content).find("endpoints/endpoint") is not None
    for url in urls[1:]:
        assert somebody.get(f"{url}/services.json").status_code == 200


def test_services_stand_in_both_forms_those_that_are_public_first(somebody: TestClient) -> None:
    told = ask(somebody, "services.json")
    assert told.headers["access-control-allow-origin"] == "*"
    assert told.headers["content-type"] == "application/json; charset=utf-8"
    services = told.json()
    members = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
    assert all(set(service) == members for service in services)
    assert [service["service_code"] for service in services[:3]] == ["lamp", "manhole", "road"]
    xml = ask(somebody, "services.xml")
    assert xml.headers["content-type"] == "text/xml; charset=utf-8"
    assert [one.findtext("service_code") for one in ElementTree.fromstring(xml.content).iter("service")] == [
        service["service_code"] for service in services
    ]
    refused(ask(somebody, "services/none.json"), 404, "none")


def test_which_territory_is_said_by_address_or_parameter(somebody: TestClient) -> None:
    refused(somebody.get("/open311/v2/services.json"), 400, "washington, xinhua")
    named = somebody.get("/open311/v2/services.json", params={"jurisdiction_id": "xinhua"})
    assert named.json() == ask(somebody, "services.json").json()
    refused(somebody.get("/open311/v2/services.json", params={"jurisdiction_id": "atlantis"}), 404, "atlantis")
    refused(ask(somebody, "services.json", jurisdiction_id="washington"), 400, "jurisdiction_id")


def test_what_is_public_is_read_by_anybody_without_its_words(somebody: TestClient) -> None:
    number = file(somebody, description="灯不亮\x01了")
    (told,) = ask(somebody, f"requests/{number}.json").json()
    assert (told["service_request_id"], told["status"], told["service_code"]) == (number, "open", "lamp")
    assert (told["lat"], told["long"]) == pytest.approx((38.3164, 116.8712))
    assert told["description"] is None
    assert told["requested_datetime"].endswith("Z")
    (again,) = ask(somebody, f"tokens/{number}.json").json()
    assert again["service_request_id"] == number
    assert number in {one["service_request_id"] for one in ask(somebody, "requests.json", status="open").json()}
    assert ask(somebody, "requests.json", status="closed").json() == []
    hidden = file(somebody, service_code="wiring")
    refused(ask(somebody, f"requests/{hidden}.json"), 404)
    refused(ask(somebody, f"tokens/{hidden}.json"), 404)
    assert hidden not in {one["service_request_id"] for one in ask(somebody, "requests.json").json()}


def test_staff_read_the_words_by_their_key_and_xml_holds_any_text(somebody: TestClient, url: str) -> None:
    number = file(somebody, service_code="wiring", description="线\x01<b>&amp;", address_string="建设街 1 号")
    key = token_for(url, [Grant(Role.CENTRE, "xinhua")])
    (told,) = ask(somebody, f"requests/{number}.json", api_key=key, extensions="true").json()
    assert told["description"] == "线\x01<b>&amp;\naddress_string: 建设街 1 号"
    assert set(told["extended_attributes"]["cells"]) == {"street", "community", "grid"}
    document = ElementTree.fromstring(ask(somebody, f"requests/{number}.xml", api_key=key).content)
    assert document.tag == "service_requests"
    assert document.findtext("request/description") == "线\ufffd<b>&amp;\naddress_string: 建设街 1 号"
    refused(ask(somebody, "requests.json", api_key="wrong"), 403)


def test_a_request_is_found_by_time_kind_and_change(somebody: TestClient) -> None:
    number = file(somebody, service_code="manhole")
    (told,) = ask(somebody, "requests.json", service_code="manhole").json()
    assert told["service_request_id"] == number
    at = told["requested_datetime"]
    assert ask(somebody, "requests.json", service_code="manhole", end_date=at).json() == []
    assert ask(somebody, "requests.json", service_code="manhole", end_date="2999-01-01").json() == [told]
    assert told in ask(somebody, "requests.json", service_code=",").json()
    assert ask(somebody, "requests.json", service_code="manhole", updated_after=at).json() == [told]
    assert ask(somebody, "requests.json", service_code="manhole", updated_after="2999-01-01").json() == []
    first = ask(somebody, "requests.json", page_size=1)
    following = somebody.get(first.headers["link"].partition("<")[2].partition(">")[0])
    assert first.json()[0]["service_request_id"] != following.json()[0]["service_request_id"]
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"status": "done"}, "status"),
        ({"start_date": "soon"}, "start_date"),
        ({"page_size": 0}, "page_size"),
        ({"page": 100, "page_size": 1000}, "page"),
        ({"state": "open"}, "state"),
    ]
    for wrong, field in wrongs:
        refused(ask(somebody, "requests.json", **wrong), 400, f"{field}:")
    refused(ask(somebody, "requests.json", service_code="lamp,none"), 404, "none")


def test_a_report_is_filed_by_a_form_of_several_parts_with_photos(somebody: TestClient, url: str) -> None:
    files = [("media", ("../../keys/a.jpg", picture(), "image/jpeg"))]
    sent = somebody.post(
        f"{BASE}/requests.json", data=LAMP | {"first_name": "Li", "phone": "0317-5550100"}, files=files
    )
    assert sent.status_code == 201, sent.text
    (told,) = sent.json()
    assert f"/r/#/xinhua/{told['service_request_id']}/" in told["service_notice"]
    staff = {"Authorization": f"Bearer {token_for(url, [Grant(Role.CENTRE, 'xinhua')])}"}
    case = somebody.get(f"/api/v1/territories/xinhua/reports/{told['service_request_id']}", headers=staff).json()
    assert len(case["photos"]) == 1
    refused(somebody.post(f"{BASE}/requests.json", data=LAMP, files=[("media", ("a.jpg", b"none", "image/jpeg"))]), 400)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "service_code:"),
        ("service_code=lamp&lat=38.3&lat=38.4&long=116.87", "lat:"),
        ("service_code=lamp&lat=38.3164&long=east", "long:"),
        ("service_code=lamp&lat=116.8712&long=38.3164", "lat:"),
        ("service_code=none&lat=38.3164&long=116.8712", "service_code:"),
        ("service_code=lamp&lat=38.3164&long=116.8712&colour=red", "colour:"),
        ("service_code=lamp&lat=38.3164&long=116.8712&phone=call+me", "phone:"),
        ("service_code=lamp&lat=38.3164&long=116.8712&requested_datetime=yesterday", "requested_datetime:"),
        ("service_code=lamp&lat=38.3164&long=116.8712&requested_datetime=0001-01-01T00:00:00%2B14:00", "requested_dat"),
        ("service_code=lamp&lat=38.3164&long=116.8712&requested_datetime=2999-01-01T00:00:00Z", "requested_datetime:"),
        ("service_code=lamp&lat=38.3164&long=116.8712&attribute[pole]=a%00b", "attribute[pole]:"),
        ("service_code=lamp&lat=38.3164&long=116.8712&description=%ff", ""),
        ("service_code=lamp&lat=0&long=0", ""),
        ("&".join(f"a{n}=1" for n in range(500)), ""),
    ],
)
def test_a_form_that_is_wrong_is_told_so(somebody: TestClient, content: str, words: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(somebody.post(f"{BASE}/requests.json", content=content, headers=headers), 400, words)


def test_a_service_asks_what_its_category_asks(somebody: TestClient, url: str) -> None:
    told = ask(somebody, "services/manhole.json").json()
    (question,) = told["attributes"]
    assert (question["code"], question["datatype"]) == ("state", "singlevaluelist")
    assert {"key": "broken", "name": "Broken"} in question["values"]
    xml = ElementTree.fromstring(ask(somebody, "services/manhole.xml").content)
    assert xml.findtext("attributes/attribute/values/value/key") == "missing"
    asking = {one["service_code"] for one in ask(somebody, "services.json").json() if one["metadata"]}
    assert {"lamp", "manhole"} <= asking
    number = file(somebody, service_code="manhole", **{"attribute[state]": "broken"})
    staff = {"Authorization": f"Bearer {token_for(url, [Grant(Role.CENTRE, 'xinhua')])}"}
    case = somebody.get(f"/api/v1/territories/xinhua/reports/{number}", headers=staff).json()
    assert "broken" in str(case["answers"])
    for name, value in (("state", "gone"), ("colour", "red")):
        sent = somebody.post(
            f"{BASE}/requests.json", data=LAMP | {"service_code": "manhole", f"attribute[{name}]": value}
        )
        refused(sent, 400, f"attribute[{name}]:")


def test_parts_that_are_not_utf_8_are_refused_at_once(somebody: TestClient) -> None:
    def part(name: str, value: bytes) -> bytes:
        return b'--x\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value + b"\r\n"

    plain = [part(name, value.encode()) for name, value in LAMP.items()]
    for said, content in [
        ("boundary=x", [*plain, part("description", "灯 é".encode())]),
        ("boundary=x", [*plain, part("description", b"\xe9")]),
        ("boundary=x; charset=utf-8; charset=unicode_escape", [*plain, part("description", b"\\ud800")]),
    ]:
        headers = {"Content-Type": f"multipart/form-data; {said}"}
        sent = somebody.post(f"{BASE}/requests.json", content=b"".join(content) + b"--x--\r\n", headers=headers)
        right = "灯 é".encode() in b"".join(content)
        assert sent.status_code == (201 if right else 415 if "escape" in said else 400), sent.text


def test_the_same_form_under_the_same_key_is_one_report(somebody: TestClient) -> None:
    headers = {"Idempotency-Key": "once"}
    first, second = (somebody.post(f"{BASE}/requests.json", data=LAMP, headers=headers) for _ in range(2))
    assert first.json()[0]["service_request_id"] == second.json()[0]["service_request_id"]
    refused(somebody.post(f"{BASE}/requests.json", json={}), 415, "x-www-form-urlencoded")

"""Who agreed to messages in the mini-program is told by them: once for each template, by whom WeChat says they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import LOCAL
from tests.outgoing.mailbox import Mailbox, listening
from tests.outgoing.test_notices import HERE, LINKS, REPORT, Office, _run, office
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.outgoing.notices.gateway import BadGateway, read_gateway
from wangge.outgoing.notices.sending import send_wechat
from wangge.outgoing.notices.wechat import read_wechat
from wangge.store.engine import connect, create_pool

__all__ = ["office"]

GATEWAY = """
[wechat]
login = "{url}login?secret=S&js_code={{code}}"
templates = {{ answered = "T-A", closed = "T-C" }}
url = "{url}send"
[wechat.json]
touser = "{{openid}}"
template_id = "{{template}}"
data = {{ number = "{{number}}", kind = "{{kind}}" }}
[wechat.accepted]
errcode = 0
"""
OPENID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"


def test_each_agreement_is_one_message_and_then_what_was_left_besides(office: Office, tmp_path: Path) -> None:
    with listening() as heard, Mailbox().running() as mailbox:
        file = tmp_path / "gateway.toml"
        file.write_text(GATEWAY.format(url=heard.url))
        ways = office.with_(smtp_port=mailbox.port, notice_gateway=file)
        declared = office.settings.model_copy(update={"notice_gateway": file, "public_url": "https://grid.example.org"})
        centre = {"Authorization": f"Bearer {token_for(office.url, [Grant(Role.ADMINISTRATOR), Grant(Role.CENTRE)])}"}
        body = REPORT | {"contact": {"email": "a@example.org"}}
        filed = office.client.post(f"{HERE}/reports", json=body).json()
        number, secret = filed["number"], {"Case-Secret": filed["secret"]}
        at = f"{HERE}/reports/{number}/followed/wechat"
        agreed = {"code": "0a&b", "templates": ["T-A", "another's", "T-A"]}
        assert office.client.post(at, json=agreed, headers=secret).status_code == 404  # nothing is declared there

        async def through() -> None:
            await office.take(ways)
            await office.send(ways)
            async with create_pool(office.url, office.settings) as pool:
                await send_wechat(pool, ways, LINKS)

        _run(through())
        assert len(mailbox.to("a@example.org")) == 1  # "received" has no template

        with TestClient(create_app(declared), raise_server_exceptions=False, client=LOCAL) as client:
            wrong = {"Case-Secret": filed["secret"].swapcase()}
            assert client.post(at, json=agreed, headers=wrong).json()["type"].endswith("/unknown-report")
            assert client.post(at, json=agreed | {"templates": ["none"]}, headers=secret).status_code == 204
            assert heard.requests == []
            for answer, status in (
                ((200, {"errcode": 40029}), 422),
                ((200, {"openid": "no such\n"}), 422),
                ((200, ["x"]), 422),
                ((503, {}), 502),
                ((200, {"openid": OPENID, "session_key": "K"}), 204),
            ):
                heard.answers = [answer]
                assert client.post(at, json=agreed, headers=secret).status_code == status
            assert heard.requests[-1][1] == b"/login?secret=S&js_code=0a%26b"
            assert client.get(f"{HERE}/notices", headers=centre).json()["ways"] == ["wechat"]

        heard.requests.clear()
        heard.answers = []

        def happens(move: str, **given: Any) -> None:
            answer = office.client.post(
                f"{HERE}/reports/{number}/moves", json={"move": move} | given, headers=centre | {"If-Match": "*"}
            )
            assert answer.status_code == 200, answer.text

        heard.answers = [(200, {"errcode": 0}), (200, {"errcode": 43101, "errmsg": f"{OPENID} refused"})]
        for n in (1, 2, 3):
            happens("answer", note="words of the desk")
            _run(through())
            assert (len(heard.requests), len(mailbox.to("a@example.org"))) == (min(n, 2), 1 + (n == 3))
        told = [json.loads(body) for _, body in heard.requests]
        assert told[0] == {"touser": OPENID, "template_id": "T-A", "data": {"number": number, "kind": "answered"}}
        assert "words of the desk" not in str(told)
        with connect(office.url, autocommit=True) as connection:
            kept = connection.execute("SELECT openid, templates FROM report_contact").fetchall()
            assert kept == [(OPENID, [])]
            query = "SELECT error FROM delivery WHERE channel = 'wechat' AND state = 'failed'"
            [(error,)] = connection.execute(query).fetchall()
            assert "43101" in error
            assert OPENID not in error
            connection.execute("DELETE FROM report_contact")  # as erasing does
            assert connection.execute("SELECT count(*) FROM delivery").fetchone() == (0,)
        contact = office.client.get(f"{HERE}/reports/{number}/contact", params={"reason": "x"}, headers=centre)
        assert OPENID not in contact.text


@pytest.mark.parametrize(
    "changed",
    [
        ("{{code}}", "code"),
        ("answered", "overdue"),
        ('"T-C"', "1"),
        ("templates", "colours"),
        ("{{openid}}", "{{who}}"),
        ("[wechat.json]", "[wechat.body]"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, changed: tuple[str, str]) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(GATEWAY.format(url="https://x.example/"))
    assert read_gateway(file) is None
    assert read_wechat(file) is not None
    file.write_text(GATEWAY.replace(*changed, 1).format(url="https://x.example/"))
    with pytest.raises(BadGateway):
        read_wechat(file)

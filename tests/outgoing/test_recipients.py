"""Each mailbox and each telephone has one address, whatever was typed; what is none is refused and never logged."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from wangge.api import notices as chores
from wangge.outgoing.delivery.deliveries import Delivery, Down, Refused, without
from wangge.outgoing.notices.gateway import Gateway
from wangge.outgoing.notices.mail import Mailer
from wangge.outgoing.notices.recipients import mailbox_of
from wangge.outgoing.notices.writing import Letter
from wangge.reports.feed.events import FeedGone

NONE = ["a@x..org", "<a@x.org>", "a@,", "a@[", "a@", "@x", "", "ü@x.org", "a@x.org, b@x.org", "a@x.org\nBcc: b@x.org"]


@pytest.mark.parametrize(
    "text", ["Victim@X.org", "victim(1)@x.org", '"victim"@x.org', " victim @ x.org", "victim@x.org (c)"]
)
def test_a_mailbox_has_one_address(text: str) -> None:
    assert mailbox_of(text) == "victim@x.org"


def test_a_domain_has_one_name() -> None:
    assert mailbox_of("a@bücher.de") == mailbox_of("a@BÜCHER.de") == mailbox_of("a@xn--bcher-kva.de")
    assert mailbox_of("a@ｘ.org") == "a@x.org"


@pytest.mark.parametrize("text", [*NONE, '"a b"@x.org', "a@[127.0.0.1]", "a@" + 64 * "b" + ".org"])
def test_what_is_no_address_is_nobodys(text: str) -> None:
    assert mailbox_of(text) is None


@pytest.mark.parametrize("text", NONE[:4])
async def test_a_message_to_no_address_is_refused(text: str) -> None:
    delivery = Delivery(1, "xinhua", "email", text, "zh", None, 1, datetime.now(UTC))
    mailer: Any = Mailer(None, "wangge@example.org")  # type: ignore[arg-type]  # nothing is said to a server
    with pytest.raises(Refused):
        await mailer.send(delivery, Letter("s", "t", "t", "", "", "", {}))


@pytest.mark.parametrize(
    ("numbers", "typed", "sent"),
    [
        (r"(\+?86)?1[3-9]\d{9}", ["138 0000 1234", "+86 138-0000-1234", "008613800001234"], "13800001234"),
        (r"\+861\d{10}", ["+86 138 0000 1234", "8613800001234"], "+8613800001234"),
        (r"\+?\d{5,15}", ["+39 333 1234567", "0039 3331234567"], "+393331234567"),
        (r"1\d{10}", ["0317-5550100", "x", "+", ""], None),
    ],
)  # fmt: skip
def test_a_telephone_has_one_number(numbers: str, typed: list[str], sent: str | None) -> None:
    gateway = Gateway("", {}, re.compile(numbers), {}, False, {})
    assert {gateway.reaches(phone) for phone in typed} == {sent}


def test_answers_are_kept_without_the_address() -> None:
    assert without("a.b@x.org", "550 <A.B@X.ORG> unknown") == "550 <…> unknown"
    for said in ("+8613800001234", "13800001234", "86 138 0000 1234"):
        assert without("+8613800001234", f"no {said} here") == "no … here"
    assert Down("503 no 13800001234").kind == "503"
    assert Down("ConnectError: 13800001234").kind == "ConnectError"


async def test_the_follower_goes_on_though_it_cannot_even_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    happens = [FeedGone(mark="1-1", earliest="1-2", newest="1-3"), OSError("away"), asyncio.CancelledError()]

    async def connect(_: str) -> None:
        raise happens.pop(0)

    async def sign(_: Any) -> None: ...

    monkeypatch.setattr(chores, "connect_async", connect)
    monkeypatch.setattr(chores, "LOOK_S", 0)
    ways: Any = None
    with pytest.raises(asyncio.CancelledError):  # the third time it asks
        await chores._follow("", ways, ways, sign)  # type: ignore[arg-type]

"""An HTTP gateway for text messages, declared in a file: where it is, what is sent to it, and when it has taken one."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from wangge.geo.errors import WanggeError
from wangge.outgoing.delivery.deliveries import Delivery, Down, Refused
from wangge.outgoing.notices.recipients import numbers_of
from wangge.outgoing.notices.writing import Letter

if TYPE_CHECKING:
    import httpx2

__all__ = ["PLACES", "WECHAT", "BadGateway", "Gateway", "gateway_of", "read_gateway", "reading"]

TIMEOUT_S = 20
MOST = 64 * 1024
"""Bytes of an answer that are looked at."""

PLACES = ("phone", "text", "subject", "link", "stop", "number", "category", "state", "kind", "id", "language")
PLACE = re.compile(r"\{(\w+)\}")
KEYS = {"url", "headers", "numbers", "json", "form", "accepted"}
WECHAT = "wechat"
AGAIN = {408, 425, 429}


class BadGateway(WanggeError):
    """The file that declares the gateway cannot be used. Facts: `file`, `error`."""

    kind = "bad-gateway"


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway as it was declared.

    Attributes
    ----------
    numbers : which telephone numbers it reaches, as digits, with the code of the country where it asks for that.
    body : what is sent, with places in braces.
    form : as a form rather than as JSON.
    accepted : what of the answer, which is JSON then, says that the message was taken; empty where its status says so.
    """

    url: str
    headers: Mapping[str, str]
    numbers: re.Pattern[str]
    body: Mapping[str, Any]
    form: bool
    accepted: Mapping[str, Any]

    def reaches(self, phone: str) -> str | None:
        """The number as it is sent to the gateway; None where it does not reach it, such as one of a fixed line."""
        return next(filter(self.numbers.fullmatch, numbers_of(phone)), None)

    async def send(
        self, client: "httpx2.AsyncClient", delivery: Delivery, letter: Letter, more: Mapping[str, str] | None = None
    ) -> None:
        """Return once the gateway has taken the message; `more` stands in places, too. Raises Refused, Down."""
        import httpx2  # only who sends loads it

        values = {
            "phone": delivery.recipient,
            "text": letter.short,
            "subject": letter.subject,
            "link": letter.link,
            "stop": letter.stop,
            "id": delivery.name,
            "language": delivery.language,
            **letter.first,
            **(more or {}),
        }
        body = _filled(self.body, values)
        sent: dict[str, Any] = {"data": body} if self.form else {"content": orjson.dumps(body)}
        kind = {} if self.form else {"Content-Type": "application/json"}
        headers = kind | {"Idempotency-Key": delivery.name} | _filled(self.headers, values)
        try:
            async with client.stream("POST", self.url, headers=headers, timeout=TIMEOUT_S, **sent) as answer:
                told = b""
                async for part in answer.aiter_bytes():
                    told = (told + part)[:MOST]
                    if len(told) == MOST:
                        break
        except (httpx2.HTTPError, OSError) as error:
            raise Down(f"{type(error).__name__}: {error}") from error
        words = f"{answer.status_code} {told[:200].decode(errors='replace')}"
        if answer.status_code in AGAIN or answer.status_code >= 500:
            raise Down(words)
        if not 200 <= answer.status_code < 300:
            raise Refused(words)
        if self.accepted and not self._took(told):
            raise Refused(words)

    def _took(self, told: bytes) -> bool:
        try:
            answer = orjson.loads(told)
        except ValueError:
            return False
        return isinstance(answer, dict) and all(answer.get(name) == value for name, value in self.accepted.items())


def read_gateway(file: Path) -> Gateway | None:
    """The gateway for text messages that a TOML file declares (docs/notices.md); None where it is for WeChat alone.

    Raises
    ------
    BadGateway
    """
    with reading(file) as document:
        if document.keys() == {WECHAT}:
            return None
        return gateway_of({name: value for name, value in document.items() if name != WECHAT})


@contextmanager
def reading(file: Path) -> Iterator[dict[str, Any]]:
    """What a TOML file says; what is wrong with it, and with what is made of it, is a BadGateway."""
    try:
        yield tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, TypeError, AttributeError, re.error) as error:
        raise BadGateway(file=str(file), error=str(error)) from error


def gateway_of(document: dict[str, Any], places: Collection[str] = PLACES) -> Gateway:
    """The gateway of a table that may have `places` in braces. Raises ValueError."""
    if unknown := document.keys() - KEYS:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    url = document.get("url")
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError("url: an address such as https://sms.example.org/send")
    if ("json" in document) == ("form" in document):
        raise ValueError("one of [json] and [form]")
    body, headers = document["form" if "form" in document else "json"], document.get("headers", {})
    for name in PLACE.findall(f"{body} {headers}"):
        if name not in places:
            raise ValueError(f"{{{name}}}: one of {', '.join(places)}")
    numbers = re.compile(str(document.get("numbers", r"\+?\d{5,15}")))
    return Gateway(url, headers, numbers, body, "form" in document, document.get("accepted", {}))


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    """A declared value with what stands in its braces, however deep."""
    if isinstance(value, str):
        return PLACE.sub(lambda found: values.get(found[1], ""), value)
    if isinstance(value, Mapping):
        return {name: _filled(one, values) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, values) for one in value]
    return value

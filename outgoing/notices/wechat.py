"""Subscribe messages of WeChat's mini-programs: who agreed to one in ours is told by it, through a declared gateway.

A mini-program cannot say who its user is. It has a code that is good once and for minutes; WeChat tells whoever has the
mini-program's secret what it calls that user (openid). Each agreement is for one message of one template.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from wangge.geo.errors import WanggeError
from wangge.outgoing.notices import queries
from wangge.outgoing.notices.gateway import PLACES, WECHAT, Gateway, gateway_of, reading
from wangge.outgoing.notices.kinds import TO_REPORTER, Kind
from wangge.reports.case.case import Key
from wangge.store.engine import AsyncConnection

__all__ = ["BadWeChatCode", "WeChat", "WeChatClosed", "WeChatUnavailable", "agree", "read_wechat"]

LOGIN_S = 5
MOST = 64 * 1024
"""Bytes of an answer that are looked at."""
CODE = "{code}"
OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}")
KEYS = {"login", "templates"}
MOST_KEPT = 20
"""Agreements of one reporter that wait to be used."""


class WeChatClosed(WanggeError):
    """Nothing is sent by WeChat here."""

    kind = "wechat-closed"


class BadWeChatCode(WanggeError):
    """WeChat knows nobody by the code: it was used, is too old, or is of another mini-program."""

    kind = "bad-wechat-code"


class WeChatUnavailable(WanggeError):
    """WeChat could not be asked who somebody is."""

    kind = "wechat-unavailable"


@dataclass(frozen=True, slots=True)
class WeChat:
    """How subscribe messages are sent.

    Attributes
    ----------
    login : address that tells who has a code, which stands in it as {code}.
    templates : by what is told; of the others nothing is.
    gateway : what takes the messages, with {openid} and {template} in what is sent.
    """

    login: str
    templates: Mapping[Kind, str]
    gateway: Gateway

    async def openid_of(self, code: str) -> str:
        """What WeChat calls whoever has a code. Raises BadWeChatCode, WeChatUnavailable."""
        import httpx2  # only who asks loads it

        try:
            async with (
                httpx2.AsyncClient(follow_redirects=False, timeout=LOGIN_S) as client,
                client.stream("GET", self.login.replace(CODE, quote(code, safe=""))) as answer,
            ):
                told = b""
                async for part in answer.aiter_bytes():
                    told = (told + part)[:MOST]
                    if len(told) == MOST:
                        break
        except (httpx2.HTTPError, OSError):  # whose words have the address in them, and that has a secret
            raise WeChatUnavailable from None
        if answer.status_code != 200:
            raise WeChatUnavailable
        try:
            known = orjson.loads(told)
        except ValueError:
            raise WeChatUnavailable from None
        openid = known.get("openid") if isinstance(known, dict) else None
        if not isinstance(openid, str) or not OPENID.fullmatch(openid):
            raise BadWeChatCode
        return openid


def read_wechat(file: Path) -> WeChat | None:
    """What the `[wechat]` of a gateway's file declares; None without one. Raises BadGateway."""
    with reading(file) as document:
        table: dict[str, Any] | None = document.get(WECHAT)
        return None if table is None else _wechat(table)


async def agree(connection: AsyncConnection, key: Key, language: str, openid: str, templates: Sequence[str]) -> None:
    """Keep to what the reporter of a case agreed, beside how else they are reached, and as long as that."""
    row = {"id": key[0], "received_at": key[1], "language": language, "openid": openid, "most": MOST_KEPT}
    await connection.execute(queries.AGREE, row | {"templates": list(templates)})


def _wechat(table: dict[str, Any]) -> WeChat:
    login = table.get("login")
    if not isinstance(login, str) or urlsplit(login).scheme not in {"http", "https"} or CODE not in login:
        raise ValueError("wechat.login: an address with {code} in it")
    templates = table.get("templates")
    if not isinstance(templates, dict) or not templates or not all(isinstance(one, str) for one in templates.values()):
        raise ValueError("wechat.templates: the id of a template for each kind of news")
    kinds = set(TO_REPORTER.values())
    if unknown := templates.keys() - kinds:
        raise ValueError(f"wechat.templates: {', '.join(sorted(unknown))}: one of {', '.join(sorted(kinds))}")
    rest = {name: value for name, value in table.items() if name not in KEYS}
    by_kind = {Kind(name): value for name, value in templates.items()}
    return WeChat(login, by_kind, gateway_of(rest, (*PLACES, "openid", "template")))

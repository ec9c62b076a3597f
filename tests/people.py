"""People for tests: accounts with grants, and clients that ask for them."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import psycopg
from fastapi.testclient import TestClient

from wangge.access.accounts import create_account, give
from wangge.access.person import Grant
from wangge.access.sessions import open_session
from wangge.access.tokens import Lifetimes, new_tokens

__all__ = ["session_for", "signed_in", "token_for"]

SERIAL = count(1)
LONG = Lifetimes(timedelta(days=1), timedelta(days=1))


def token_for(database_url: str, grants: Sequence[Grant], login: str | None = None) -> str:
    """An access token of a new account that was given these roles."""

    async def make() -> str:
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            account = await create_account(connection, login or f"tester{next(SERIAL)}", "Tester", "tests")
            for grant in grants:
                await give(connection, account, grant, by="tests")
            return (await new_tokens(connection, account, LONG)).access

    with ThreadPoolExecutor(1) as aside:  # the browser's tests run in an event loop already
        return aside.submit(lambda: asyncio.run(make())).result()


def session_for(database_url: str, grants: Sequence[Grant]) -> str:
    """The cookie of a browser in which somebody is signed in who was given these roles."""

    async def make() -> str:
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            account = await create_account(connection, f"browser{next(SERIAL)}", "Tester", "tests")
            for grant in grants:
                await give(connection, account, grant, by="tests")
            return await open_session(connection, account, timedelta(hours=1))

    with ThreadPoolExecutor(1) as aside:  # the browser's tests run in an event loop already
        return aside.submit(lambda: asyncio.run(make())).result()


def signed_in(client: TestClient, database_url: str, grants: Sequence[Grant], login: str | None = None) -> TestClient:
    """The client, asking from now on for a new account with these roles."""
    client.headers["Authorization"] = f"Bearer {token_for(database_url, grants, login)}"
    return client

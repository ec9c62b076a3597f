"""The two clients: one that waits for each answer, one for programs that do something meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload
from urllib.parse import quote

import httpx2

from wangge.api.schemas.events import CaseChange
from wangge.client import operations
from wangge.client.calls import Call, Pages
from wangge.client.errors import Unreachable
from wangge.client.events import SILENCE_S, Anew, Following, follow_events
from wangge.client.retrying import Outcome, Retries
from wangge.data.languages import NEAREST

__all__ = ["AsyncClient", "Client"]

P = ParamSpec("P")
T = TypeVar("T")
TIMEOUT_S = 60.0
AGENT = "wangge-client"


class _Asking(Generic[P, T]):
    """An operation as a method: of `Client` it gives the answer, of `AsyncClient` what is awaited for it."""

    def __init__(self, operation: Callable[Concatenate[str, P], Call[T]]) -> None:
        self._operation = operation
        self.__doc__ = operation.__doc__

    @overload
    def __get__(self, client: "Client", kind: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: "AsyncClient", kind: type) -> Callable[P, Awaitable[T]]: ...
    @overload
    def __get__(self, client: None, kind: type) -> Self: ...
    def __get__(self, client: Any, kind: type) -> Any:
        if client is None:
            return self

        @wraps(self._operation)
        def ask(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client.ask(self._operation(client.here, *args, **kwargs))

        return ask


class _Listing(Generic[P, T]):
    """A list as a method, which gives its entries one after the other."""

    def __init__(self, operation: Callable[Concatenate[str, P], Pages[T]]) -> None:
        self._operation = operation
        self.__doc__ = operation.__doc__

    @overload
    def __get__(self, client: "Client", kind: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, client: "AsyncClient", kind: type) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(self, client: None, kind: type) -> Self: ...
    def __get__(self, client: Any, kind: type) -> Any:
        if client is None:
            return self

        @wraps(self._operation)
        def read(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client.read(self._operation(client.here, *args, **kwargs))

        return read


def ended_of(answer: httpx2.Response) -> Outcome:
    """What came of a stream that has ended: the refusal, or that the line broke, after which it is asked for again."""
    return httpx2.ReadError("the stream has ended", request=answer.request) if answer.is_success else answer


class _Operations:
    """Where the service is, who asks, and what can be asked.

    `url` is where the service answers, `territory` the code of one; `key` is a service key or an access token, without
    which what anybody may ask is answered. `language` (en, zh) is that of the service's words, `timeout_s` how long one
    try may take. `transport` is another way of sending, such as one through a proxy.
    """

    def __init__(
        self, url: str, territory: str, key: str | None, language: str, retries: Retries, timeout_s: float
    ) -> None:
        self._base = httpx2.URL(url.rstrip("/") + "/")
        self.here = f"api/v1/territories/{quote(territory, safe='')}"
        self.retries = retries
        headers = {"Accept-Language": language, "User-Agent": AGENT}
        self._settings: dict[str, Any] = {
            "headers": headers | ({"Authorization": f"Bearer {key}"} if key else {}),
            "timeout": timeout_s,
            "follow_redirects": False,
        }
        self._patience = httpx2.Timeout(timeout_s, read=SILENCE_S)

    def _request(self, call: Call[Any]) -> dict[str, Any]:
        """What is sent. The key goes nowhere else: a link that leads to another server is refused."""
        url = self._base.join(call.path)
        if (url.scheme, url.host, url.port) != (self._base.scheme, self._base.host, self._base.port):
            raise Unreachable(f"a link to {url.host}, where this client does not ask")
        if call.query:
            url = url.copy_merge_params({name: list(values) for name, values in call.query.items()})
        return {"method": call.method, "url": url, "headers": dict(call.headers), "content": call.body}

    list_territories = _Asking(operations.list_territories)
    get_territory = _Asking(operations.get_territory)
    list_categories = _Asking(operations.list_categories)
    locate = _Asking(operations.locate)
    locate_many = _Asking(operations.locate_many)
    create_report = _Asking(operations.create_report)
    create_reports = _Asking(operations.create_reports)
    send_photo = _Asking(operations.send_photo)
    get_report = _Asking(operations.get_report)
    create_move = _Asking(operations.create_move)
    list_reports = _Listing(operations.list_reports)
    summarise_reports = _Asking(operations.summarise_reports)
    list_case_changes = _Asking(operations.list_case_changes)
    list_findings = _Asking(operations.list_findings)
    get_reports_file = _Asking(operations.get_reports_file)
    get_cells_file = _Asking(operations.get_cells_file)
    get_figures_file = _Asking(operations.get_figures_file)


class Client(_Operations):
    """Asks the service, and waits for each answer; to be closed, or used with `with`."""

    def __init__(
        self,
        url: str,
        territory: str,
        *,
        key: str | None = None,
        language: str = NEAREST,
        retries: Retries = Retries(),  # noqa: B008 - it never changes
        timeout_s: float = TIMEOUT_S,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        super().__init__(url, territory, key, language, retries, timeout_s)
        self._http = httpx2.Client(transport=transport, **self._settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def ask(self, call: Call[T]) -> T:
        """What the answer to a question holds. Raises ClientError."""
        tries = 0
        while True:
            tries += 1
            try:
                outcome: Outcome = self._http.request(**self._request(call))
            except httpx2.RequestError as error:
                outcome = error
            wait = self.retries.wait_after(outcome, tries, repeatable=call.repeatable)
            if wait is None:
                return call.result(outcome)
            time.sleep(wait)

    def follow_events(self, *, after: str | None = None, endless: bool = True) -> Iterator[CaseChange | Anew]:
        """What happens to the cases that one may read, as it happens; a line that breaks is taken up where it broke.

        Parameters
        ----------
        after : a mark, such as the id of the last one that was done; from now on, when left out.
        endless : whether to wait for more at the end.

        Raises
        ------
        ClientError : once one may not listen any more, or the service stays away.
        """
        following, tries = Following(after), 0
        while True:
            call, tries = follow_events(self.here, after=following.mark, endless=endless), tries + 1
            following.begin()
            try:
                with self._http.stream(**self._request(call), timeout=self._patience) as answer:
                    if not answer.is_success:
                        answer.read()
                    else:
                        for part in answer.iter_bytes():
                            for event in following.take(part):
                                tries = 0
                                yield event
                    if following.live and not endless:
                        return
                    outcome: Outcome = ended_of(answer)
            except httpx2.RequestError as error:
                outcome = error
            wait = self.retries.wait_after(outcome, max(tries, 1), repeatable=True)
            if wait is None:
                call.result(outcome)
            else:
                time.sleep(wait)

    def read(self, pages: Pages[T]) -> Iterator[T]:
        """The entries of a list, a page at a time. Raises ClientError."""
        entries, following = self.ask(pages.first)
        yield from entries
        while following:
            entries, following = self.ask(pages.after(following))
            yield from entries


class AsyncClient(_Operations):
    """The same for coroutines: operations are awaited, lists read by `async for`; to be closed, or `async with`."""

    def __init__(
        self,
        url: str,
        territory: str,
        *,
        key: str | None = None,
        language: str = NEAREST,
        retries: Retries = Retries(),  # noqa: B008 - it never changes
        timeout_s: float = TIMEOUT_S,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(url, territory, key, language, retries, timeout_s)
        self._http = httpx2.AsyncClient(transport=transport, **self._settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def ask(self, call: Call[T]) -> T:
        """What the answer to a question holds. Raises ClientError."""
        tries = 0
        while True:
            tries += 1
            try:
                outcome: Outcome = await self._http.request(**self._request(call))
            except httpx2.RequestError as error:
                outcome = error
            wait = self.retries.wait_after(outcome, tries, repeatable=call.repeatable)
            if wait is None:
                return call.result(outcome)
            await asyncio.sleep(wait)

    async def follow_events(
        self, *, after: str | None = None, endless: bool = True
    ) -> AsyncIterator[CaseChange | Anew]:
        """What happens to the cases that one may read; see `Client.follow_events`."""
        following, tries = Following(after), 0
        while True:
            call, tries = follow_events(self.here, after=following.mark, endless=endless), tries + 1
            following.begin()
            try:
                async with self._http.stream(**self._request(call), timeout=self._patience) as answer:
                    if not answer.is_success:
                        await answer.aread()
                    else:
                        async for part in answer.aiter_bytes():
                            for event in following.take(part):
                                tries = 0
                                yield event
                    if following.live and not endless:
                        return
                    outcome: Outcome = ended_of(answer)
            except httpx2.RequestError as error:
                outcome = error
            wait = self.retries.wait_after(outcome, max(tries, 1), repeatable=True)
            if wait is None:
                call.result(outcome)
            else:
                await asyncio.sleep(wait)

    async def read(self, pages: Pages[T]) -> AsyncIterator[T]:
        """The entries of a list, a page at a time. Raises ClientError."""
        entries, following = await self.ask(pages.first)
        for entry in entries:
            yield entry
        while following:
            entries, following = await self.ask(pages.after(following))
            for entry in entries:
                yield entry

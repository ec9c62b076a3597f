"""A plugin of pytest: instead of running the tests once, it runs those that may notice it for each change."""

import importlib
import inspect
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import FrameType, ModuleType
from typing import Any, TextIO

import hypothesis
import pytest

from scripts.mutants.making import MOVES, Mutant, mutants_of

__all__ = ["Trial"]

TABLE = "wangge.reports.case.table"
JOBS = os.cpu_count() or 1
EXAMPLES = 25
PATIENCE = 20  # times as long as the tests take without a change, and as many seconds


@dataclass
class _Running:
    mutant: Mutant
    pid: int
    word: int
    """Where the process says which test noticed."""
    afresh: bool
    """Whether it may be noticed only when modules are imported: no test comes through it afterwards."""


class Trial:
    """Tries the changes of one module, or of the moves; writes how many there were, and then the survivors' names."""

    def __init__(self, subject: str, tests: Sequence[str], wanted: Sequence[str], told: TextIO) -> None:
        self.subject = subject
        self.tests = tests
        self.wanted = wanted
        self.told = told
        self._took: list[float] = []
        self._ways: list[set[str]] = []
        self._noticed: Counter[str] = Counter()
        self._survivors: list[str] = []
        self._passes_afresh: bool | None = None

    def pytest_collection(self) -> None:
        """Examples are the same each time, kept nowhere, and not made simpler when one fails."""
        hypothesis.settings.register_profile(
            "mutants",
            deadline=None,
            derandomize=True,
            database=None,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        )
        hypothesis.settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """A few examples are enough, even for tests that ask for many."""
        for item in items:
            test: Any = getattr(item, "obj", None)
            test = getattr(test, "__func__", test)
            given = getattr(test, "_hypothesis_internal_use_settings", None)
            if given is not None:
                fewer = hypothesis.settings(given, max_examples=min(EXAMPLES, given.max_examples))
                test._hypothesis_internal_use_settings = fewer

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every change."""
        module = importlib.import_module(TABLE if self.subject == MOVES else self.subject)
        _set_up_what_lasts(session)
        if self._watch(session, module):
            tried = self._try_all(session, module)
            self.told.write("\0".join([str(tried), *self._survivors]))
            self.told.flush()
        session._setupstate.teardown_exact(None)
        return True

    def _watch(self, session: pytest.Session, module: ModuleType) -> bool:
        """How long each test takes with nothing changed, and which functions of the module it comes through."""
        pid, word = _forked(lambda: _watched(session, str(module.__file__)))
        with os.fdopen(word) as text:
            seen = json.loads(text.read() or "{}")
        os.waitpid(pid, 0)
        if not seen or seen["failed"]:
            print(f"fails as it is: {seen.get('failed')}", file=sys.stderr)
            return False
        self._took, self._ways = seen["took"], [set(functions) for functions in seen["ways"]]
        return True

    def _try_all(self, session: pytest.Session, module: ModuleType) -> int:
        tried = 0
        running: list[_Running] = []
        for mutant in mutants_of(self.subject, module):
            if self.wanted and not any(mutant.name.startswith(one) for one in self.wanted):
                continue
            tried += 1
            if len(running) >= JOBS:
                self._await_one(running)
            near = self._near(session, mutant)
            limit = PATIENCE * (1 + sum(self._took[n] for n in near))
            afresh = not mutant.function or not near
            running.append(_Running(mutant, *_forked(partial(_noticing, session, mutant, near, limit)), afresh))
        while running:
            self._await_one(running)
        return tried

    def _near(self, session: pytest.Session, mutant: Mutant) -> list[int]:
        """The tests that may notice: first those that have noticed most, then the quickest."""
        found = [n for n, way in enumerate(self._ways) if not mutant.function or mutant.function in way]
        return sorted(found, key=lambda n: (-self._noticed[session.items[n].nodeid], self._took[n]))

    def _await_one(self, running: list[_Running]) -> None:
        while True:
            for one in running:
                pid, status = os.waitpid(one.pid, os.WNOHANG)
                if pid:
                    running.remove(one)
                    self._count(one, status)
                    return
            time.sleep(0.005)

    def _count(self, ended: _Running, status: int) -> None:
        with os.fdopen(ended.word) as word:
            by = word.read()
        if by:
            self._noticed[by] += 1
        elif os.waitstatus_to_exitcode(status) == 0 and (not ended.afresh or self._survives_afresh(ended.mutant)):
            self._survivors.append(ended.mutant.name)
            print(f"survives: {ended.mutant.name}", flush=True)

    def _survives_afresh(self, mutant: Mutant) -> bool:
        """Whether the tests pass too when all that is ours is imported anew: a class was used, a value taken before."""
        if self._passes_afresh is None:
            self._passes_afresh = _ended_well(lambda: _afresh(self.tests, None))
            print(f"imported anew, the tests {'pass' if self._passes_afresh else 'fail'} as it is", flush=True)
        return not self._passes_afresh or _ended_well(lambda: _afresh(self.tests, mutant))


def _set_up_what_lasts(session: pytest.Session) -> None:
    """Start the database, if tests need one, by running one of them: what is made for all tests stays."""
    for name in ("furnished", "cluster"):
        for item in session.items:
            if isinstance(item, pytest.Function) and name in item.fixturenames and not _is_async(item):
                _run(item, session)
                return


def _is_async(item: pytest.Function) -> bool:
    return inspect.iscoroutinefunction(item.function)


def _run(item: pytest.Item, session: pytest.Session, after: pytest.Item | None = None) -> bool:
    """Run one test; whether it passed. What lasts for the session stays."""
    session.testsfailed = 0
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=after or session)
    return not session.testsfailed


def _forked(work: Callable[[], str]) -> tuple[int, int]:
    """Start a process that does some work; its id, and where what it says can be read."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    code = 1
    try:
        os.close(reading)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        with os.fdopen(writing, "w") as word:
            word.write(work())
        code = 0
    finally:
        os._exit(code)


def _ended_well(work: Callable[[], str]) -> bool:
    pid, word = _forked(work)
    with os.fdopen(word) as text:
        said = text.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0 and not said


def _afresh(tests: Sequence[str], mutant: Mutant | None) -> str:
    for name in list(sys.modules):
        if name.partition(".")[0] in ("wangge", "tests", "prometheus_client"):  # which takes no counter twice
            del sys.modules[name]
    if mutant:
        mutant.prepare()
    return "" if pytest.main(["-x", "-qq", "-p", "no:cacheprovider", "-W", "ignore", *tests]) == 0 else "noticed"


def _watched(session: pytest.Session, file: str) -> str:
    took: list[float] = []
    ways: list[list[str]] = []
    failed: list[str] = []
    seen: set[str] = set()

    def profile(frame: FrameType, event: str, argument: Any) -> None:  # noqa: ARG001 - as Python calls it
        if event == "call" and frame.f_code.co_filename == file:
            seen.add(frame.f_code.co_qualname.partition(".<locals>")[0])

    for item in session.items:
        seen.clear()
        began = time.monotonic()
        threading.setprofile(profile)
        sys.setprofile(profile)
        if not _run(item, session):
            failed.append(item.nodeid)
        sys.setprofile(None)
        took.append(time.monotonic() - began)
        ways.append(sorted(seen))
    return json.dumps({"took": took, "ways": ways, "failed": failed})


def _noticing(session: pytest.Session, mutant: Mutant, near: Sequence[int], limit: float) -> str:
    """The first test that fails with a change; none of them, where the change cannot even be made."""
    signal.setitimer(signal.ITIMER_REAL, limit)  # it ends the process, which is not a survivor then
    mutant.make()
    for n in near:
        if not _run(session.items[n], session):
            return session.items[n].nodeid
    return ""

"""When something is asked again, and how long after: only what is done once however often it is asked."""

from dataclasses import dataclass
from random import uniform

import httpx2

__all__ = ["Outcome", "Retries"]

Outcome = httpx2.Response | httpx2.RequestError
"""What came of a try."""
AWAY = {502, 503, 504}
SLOW_DOWN = 429


@dataclass(frozen=True, slots=True)
class Retries:
    """At most `most` tries of one question; between them `first_s` seconds, twice as long each time, or as it says.

    No wait is longer than `longest_s` seconds: what asks for more is given up at once.
    """

    most: int = 5
    first_s: float = 0.5
    longest_s: float = 60

    def wait_after(self, outcome: Outcome, tries: int, *, repeatable: bool) -> float | None:
        """Seconds until the next try, after this many; None to leave it at what came."""
        if tries >= self.most or not self._is_worth(outcome, repeatable):
            return None
        wait = min(self.first_s * 2 ** (tries - 1), self.longest_s) * uniform(0.75, 1)  # noqa: S311 - spreads them
        if isinstance(outcome, httpx2.Response) and (told := outcome.headers.get("Retry-After", "")).isdecimal():
            wait = max(wait, float(told))
        return wait if wait <= self.longest_s else None

    @staticmethod
    def _is_worth(outcome: Outcome, repeatable: bool) -> bool:
        if isinstance(outcome, httpx2.Response):
            # Who is told to slow down was not served, so asking again doubles nothing.
            return outcome.status_code == SLOW_DOWN or (repeatable and outcome.status_code in AWAY)
        return repeatable or isinstance(outcome, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)

"""What can go wrong between a program and the service: what the service refused, in its own words, or no answer."""

import httpx2
from pydantic import ValidationError

from wangge.api.schemas.common import FieldProblem, Problem

__all__ = [
    "ClientError",
    "Conflict",
    "Gone",
    "Invalid",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "Refused",
    "Stale",
    "TooMany",
    "Unavailable",
    "Unreachable",
    "refusal_of",
]


class ClientError(Exception):
    """Nothing came of what was asked."""


class Unreachable(ClientError):
    """There was no answer, or none of this service; the text says why."""


class Refused(ClientError):
    """The service refused. `str` gives its words; `problem` holds the facts beside them as further members."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        named = "".join(f"\n{one.field}: {one.message}" for one in self.errors)
        return f"{self.problem.title}. {self.problem.detail}{named}"

    @property
    def kind(self) -> str:
        """What is stable of it, such as `outside-grid`."""
        return self.problem.type.rpartition("/")[2]

    @property
    def status(self) -> int:
        """The status of HTTP."""
        return self.problem.status

    @property
    def errors(self) -> list[FieldProblem]:
        """The fields that are wrong, each with the service's words."""
        return self.problem.errors or []


class NotSignedIn(Refused):
    """401: without a key or a token, or with one that is not valid."""


class NotAllowed(Refused):
    """403: known, and without the right."""


class NotFound(Refused):
    """404: there is none, or none in one's cells."""


class Conflict(Refused):
    """409: the case does not take the move now, or the name is taken; `kind` says which."""


class Gone(Refused):
    """410: what was asked for is kept no longer."""


class Stale(Refused):
    """412: somebody else changed it since it was read."""


class Invalid(Refused):
    """400 or 422: what was sent is not right; `errors` says where."""


class TooMany(Refused):
    """429: asked too often, still after the tries that are allowed."""


class Unavailable(Refused):
    """5xx: the service cannot do it now, still after the tries that are allowed."""


OF_STATUS: dict[int, type[Refused]] = {
    400: Invalid,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    410: Gone,
    412: Stale,
    422: Invalid,
    429: TooMany,
}


def refusal_of(answer: httpx2.Response) -> ClientError:
    """The error of an answer that is none of success. Whatever is not a problem of ours came from something between."""
    try:
        problem = Problem.model_validate_json(answer.content)
    except ValidationError:
        return Unreachable(f"{answer.status_code} {answer.reason_phrase} from {answer.url.host}, which is no problem")
    unavailable = Unavailable if answer.status_code >= 500 else Refused
    return OF_STATUS.get(answer.status_code, unavailable)(problem)

"""What whoever sends without an account is asked to solve first, where that is set."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from wangge.api.plumbing.answering import as_json
from wangge.api.plumbing.deps import AppSettings, SignedLinks
from wangge.api.plumbing.proofs import ProofsOff, challenge_for, proof_key
from wangge.api.plumbing.refusals import refuses
from wangge.api.schemas.forms import DIGEST

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["reports"])


@router.get("/challenge", response_model=dict[str, Any])
@refuses(ProofsOff)
async def get_challenge(
    settings: AppSettings,
    links: SignedLinks,
    sent: Annotated[
        Annotated[str, StringConstraints(pattern=DIGEST)],
        Query(
            description="SHA-256, in hex, of the path below the service's address, the Idempotency-Key and the body"
            " that will be sent, a line feed between"
        ),
    ],
) -> Response:
    """A challenge of ALTCHA (proof of work, version 2) for one report or support; 404 where none is asked for.

    Solved, it goes as the header `Proof-Of-Work` with what it is for: the base64 of `{"challenge", "solution"}`.
    """
    if not settings.proof_cost:
        raise ProofsOff
    told = challenge_for(sent, settings.proof_cost, proof_key(links))
    return Response(as_json(told), headers={"Cache-Control": "no-store"}, media_type="application/json")

"""Proof of work (ALTCHA): where it is set, who sends without an account spends some processor time on each thing sent.

A challenge is for one body at one address under one key: it is signed with their digest. So nothing has to be
remembered of it: used again it sends the same again, which is known already, and for anything else it is no proof.
"""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from wangge.access.links import Links
from wangge.geo.errors import WanggeError

__all__ = ["ALGORITHM", "HEADER", "ProofWanted", "ProofsOff", "challenge_for", "check", "digest_of", "proof_key"]

ALGORITHM = "PBKDF2/SHA-256"
HEADER = "Proof-Of-Work"
LASTING = timedelta(minutes=20)
"""A slow phone, and a slow network."""
SENT = "sent"
"""Under what a challenge names what it is for."""


class ProofWanted(WanggeError):
    """Nothing was sent that proves work on just this. Facts: none."""

    kind = "proof-wanted"


class ProofsOff(WanggeError):
    """A challenge is asked for where none has to be solved. Facts: none."""

    kind = "proofs-off"


def proof_key(links: Links) -> bytes:
    """What challenges are signed with, by every server of a database."""
    return links.derived("proofs of work")


def digest_of(path: str, body: bytes, key: str | None) -> str:
    """What a challenge is for: where something is sent, under which Idempotency-Key, and its body as it is sent.

    path : below the service's address and decoded, such as /api/v1/territories/xinhua/reports.
    """
    return sha256(f"{path}\n{key or ''}\n".encode() + body).hexdigest()


def challenge_for(digest: str, cost: int, key: bytes) -> dict[str, Any]:
    """A challenge of ALTCHA (proof of work, version 2), which takes 256 derivations of `cost` rounds on average."""
    from altcha import create_challenge  # where it is set, with the first report

    challenge = create_challenge(
        ALGORITHM, cost, expires_at=datetime.now(UTC) + LASTING, data={SENT: digest}, hmac_secret=key
    )
    told: dict[str, Any] = challenge.to_dict()
    return told


def check(proof: str | None, digest: str, cost: int, key: bytes) -> None:
    """Refuse what proves no work on what is sent: forged, expired, unsolved, cheaper than is asked, of something else.

    Raises
    ------
    ProofWanted
    """
    from altcha import Payload, verify_solution

    try:
        payload = Payload.from_base64(proof or "")
        asked = payload.challenge.parameters
        named = (asked.data or {})[SENT]
        meant = asked.algorithm == ALGORITHM and asked.cost >= cost and hmac.compare_digest(named, digest)
        proven = meant and verify_solution(payload, key).verified
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        proven = False
    if not proven:
        raise ProofWanted

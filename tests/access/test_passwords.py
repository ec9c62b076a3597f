"""Passwords: what an unknown login costs, and that nobody gets in by it."""

from argon2 import extract_parameters

from wangge.access import passwords
from wangge.access.passwords import hash_password, verify


def test_an_unknown_login_is_verified_at_the_cost_of_a_password() -> None:
    assert extract_parameters(passwords.NOBODY) == extract_parameters(hash_password("a long password"))


async def test_only_the_password_itself_is_right() -> None:
    kept = hash_password("a long password")
    assert await verify("a long password", kept)
    assert not await verify("another password", kept)
    assert not await verify("a long password", None)
    assert not await verify(passwords.NOBODY, None)

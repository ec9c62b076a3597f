"""Addresses as they are compared and sent to: one for each mailbox and each telephone, however it was written. Pure."""

import re
from collections.abc import Iterator
from email.errors import MessageError
from email.headerregistry import Address

__all__ = ["mailbox_of", "numbers_of"]

LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
CHINA = re.compile(r"(?:00)?86(1[0-9]{10}|0?[1-9][0-9]{8,10})")
"""As the database's phone_digits has it."""


def mailbox_of(text: str) -> str | None:
    """The address of e-mail without comments, quotes and capitals, its domain by IDNA; None where mail cannot go to it.

    Without SMTPUTF8, which few servers have, what stands before the @ is ASCII.
    """
    try:
        address = Address(addr_spec=text.strip())
        local, domain = address.username.lower(), address.domain.encode("idna").decode("ascii").lower()
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):  # the parser's, of what is no address
        return None
    return f"{local}@{domain}" if LOCAL.fullmatch(local) and DOMAIN.fullmatch(domain) else None


def numbers_of(phone: str) -> Iterator[str]:
    """The ways to dial a number, the same and in the same order however it was written: the shortest first."""
    given = re.sub(r"[\s()-]", "", phone)
    digits = given.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return
    if (home := CHINA.fullmatch(digits)) is not None:
        yield from (f"{code}{home[1]}" for code in ("", "+86", "86", "0086"))
    elif given.startswith(("+", "00")):
        abroad = digits.removeprefix("00")
        yield from (f"{code}{abroad}" for code in ("+", "00", ""))
    else:
        yield digits

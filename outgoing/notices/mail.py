"""E-mail: one connection for what waits, each message under a name that stays the same however often it is tried."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING, Literal

from wangge.outgoing.delivery.deliveries import Delivery, Down, Refused, Unreachable
from wangge.outgoing.notices.writing import Letter
from wangge.store.settings import Settings

if TYPE_CHECKING:
    from aiosmtplib import SMTP

__all__ = ["Mail", "Mailer", "as_message"]

TIMEOUT_S = 30
CLOSING = 421
WHOLE_S = 120
"""For one message; shorter than the lease of who sends it."""

NO_ADDRESS = (MessageError, ValueError, LookupError, AttributeError, TypeError)
"""What the standard library raises of addresses that are none."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A server that takes e-mail, and in whose name."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str
    password: str
    sender: str

    @classmethod
    def of(cls, settings: Settings) -> "Mail | None":
        """That of the settings; None where there is none."""
        if settings.smtp_host is None:
            return None
        password = settings.smtp_password.get_secret_value()
        place = settings.smtp_host, settings.smtp_port, settings.smtp_security
        return cls(*place, settings.smtp_user, password, settings.smtp_from)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Mailer"]:
        """A connection, signed in. Raises Down."""
        from aiosmtplib import SMTP, SMTPException  # only who sends loads it

        smtp = SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            username=self.user or None,
            password=self.password or None,
            timeout=TIMEOUT_S,
        )
        try:
            await smtp.connect()
        except (SMTPException, OSError, ValueError) as error:
            smtp.close()
            raise Down(_words(error)) from error
        try:
            yield Mailer(smtp, self.sender)
        finally:
            with suppress(SMTPException, OSError):
                await smtp.quit(timeout=5)
            smtp.close()


class Mailer:
    """An open connection to the server."""

    def __init__(self, smtp: "SMTP", sender: str) -> None:
        self._smtp = smtp
        self._sender = sender

    async def send(self, delivery: Delivery, letter: Letter) -> None:
        """Return once the server has taken the message. Raises Refused, Unreachable, Down."""
        from aiosmtplib import SMTPException, SMTPNotSupported, SMTPRecipientsRefused, SMTPResponseException

        try:
            message = as_message(self._sender, delivery, letter)
        except NO_ADDRESS as error:
            raise Refused(_words(error)) from error
        try:
            async with asyncio.timeout(WHOLE_S):
                await self._smtp.send_message(message)
        except SMTPRecipientsRefused as error:
            raise _by_code(error.recipients[0].code, error.recipients[0].message) from error
        except SMTPResponseException as error:
            raise _by_code(error.code, error.message) from error
        except (SMTPNotSupported, *NO_ADDRESS) as error:  # this message asks for more than the server can
            raise Refused(_words(error)) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise Down(_words(error)) from error


def as_message(sender: str, delivery: Delivery, letter: Letter) -> EmailMessage:
    """A letter as a message of e-mail (RFC 5322), which mailboxes offer to refuse with one click (RFC 8058).

    Raises
    ------
    MessageError, ValueError, LookupError, AttributeError, TypeError : the recipient is no address.
    """
    message = EmailMessage()
    message["From"] = Address(addr_spec=sender)
    message["To"] = Address(addr_spec=delivery.recipient)
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<notice.{delivery.name}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # no machine answers it (RFC 3834)
    message["Content-Language"] = delivery.language
    message["List-Unsubscribe"] = f"<{letter.stop_now}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="base64")
    return message


def _by_code(code: int, text: str) -> Refused | Unreachable:
    """What an answer of the server comes to: 5xx is for good, anything else for now (RFC 5321, 4.2.1)."""
    words = f"{code} {text}"
    if code == CLOSING:
        return Down(words)
    return Refused(words) if 500 <= code < 600 else Unreachable(words)


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".strip(": ")

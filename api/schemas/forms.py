"""The forms that texts in requests must have: regular expressions for the program, and what people are told instead."""

from collections.abc import Mapping

from wangge.reports.release.periods import FORM as PERIOD

__all__ = [
    "ASCII",
    "AT_MOST_ONE_LINE",
    "CODE",
    "DIGEST",
    "EMAIL",
    "EXPORT_ID",
    "FORMS",
    "KEY_NAME",
    "LOGIN",
    "MARK",
    "NOT_EMPTY",
    "NO_NUL",
    "ONE_LINE",
    "PEER_KEY",
    "PEER_NAME",
    "PHONE",
    "PUSH_AUTH",
    "PUSH_KEY",
    "TOTP",
]

# U+0000 is the one character that PostgreSQL cannot keep in a text.
NO_NUL = r"^[^\x00]*$"
NOT_EMPTY = r"^[^\x00]+$"
ONE_LINE = r"^[^\x00-\x1f]+$"
AT_MOST_ONE_LINE = r"^[^\x00-\x1f]*$"
CODE = r"^[^\s\x00-\x1f\x7f]{1,200}$"
PHONE = r"^[0-9+()\- ]{3,40}$"
EMAIL = r"^[^@\s\x00]+@[^@\s\x00]+$"
LOGIN = r"^[a-z0-9][a-z0-9._@-]*$"
KEY_NAME = r"^[a-z0-9][a-z0-9._-]*$"
TOTP = r"^[0-9 ]{6,12}$"
ASCII = r"^[\x20-\x7e]+$"
MARK = r"^[0-9]{1,9}-[0-9]{1,18}$"
DIGEST = r"^[0-9a-f]{64}$"
EXPORT_ID = r"^[0-9a-f]{32}$"
PEER_NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
PEER_KEY = r"^[\x21-\x7e]*$"
PUSH_KEY = r"^[A-Za-z0-9_-]{87}=?$"
PUSH_AUTH = r"^[A-Za-z0-9_-]{22}(==)?$"

FORMS: Mapping[str, str] = {
    NO_NUL: "string_nul",
    NOT_EMPTY: "string_nul",
    ONE_LINE: "one_line",
    AT_MOST_ONE_LINE: "one_line",
    CODE: "no_blanks",
    PHONE: "phone",
    EMAIL: "email",
    LOGIN: "login",
    KEY_NAME: "key_name",
    TOTP: "one_time_code",
    ASCII: "printable",
    MARK: "mark",
    PERIOD: "period_name",
    DIGEST: "digest",
    EXPORT_ID: "export_id",
    PEER_NAME: "peer_name",
    PEER_KEY: "peer_key",
    PUSH_KEY: "push_key",
    PUSH_AUTH: "push_key",
}
"""Each form with the kind in the wording's `[fields]` that says it."""

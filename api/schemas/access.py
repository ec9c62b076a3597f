"""The shapes of what is said about accounts, keys and the log of readings."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    StringConstraints,
    model_validator,
)

from wangge.access.roles import Right, Role
from wangge.api.schemas.common import Id, Link, Moment, Short, _Body
from wangge.api.schemas.forms import EMAIL, KEY_NAME, LOGIN, NO_NUL, TOTP
from wangge.store.changes import Subject

__all__ = [
    "AccountAnswer",
    "AccountBody",
    "AccountChanges",
    "Accounts",
    "AdministrativeChanges",
    "ContactAnswer",
    "ContactErasures",
    "ContactReads",
    "GivenBody",
    "KeyBody",
    "Keys",
    "NewKey",
    "NewPasswordBody",
    "NewTotp",
    "RefreshBody",
    "SavedList",
    "SavedListBody",
    "SavedLists",
    "SessionAnswer",
    "SignInBody",
    "TokenAnswer",
    "TokenBody",
]

Secret = Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=1000)]


class _SecretBody(BaseModel):
    # A blank at either end may belong to a password.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SignInBody(_SecretBody):
    """A login with its password and, where the account asks for it, the code of the second factor."""

    login: Short
    password: Secret
    code: Annotated[str, StringConstraints(pattern=TOTP)] | None = None


class NewPasswordBody(SignInBody):
    """What one signs in with at present, and the password to come."""

    new_password: Secret


class RefreshBody(_SecretBody):
    refresh_token: Secret


class TokenBody(_SecretBody):
    token: Secret


class TokenAnswer(BaseModel):
    """A pair of tokens; `expires_in` is seconds."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class GrantInfo(BaseModel):
    """A role: in every territory (null), in one, in a cell of it, or for an organisation."""

    role: Role
    territory: str | None
    level: str | None
    code: str | None
    organisation: int | None


class HeldGrant(GrantInfo):
    """A role that the asker has, with what it allows there; a client goes by the rights, not by the role's name."""

    rights: list[Right]


class SignedAccount(BaseModel):
    id: int
    login: str
    name: str
    has_password: bool
    grants: list[HeldGrant]
    until: datetime = Field(description="When the session ends at the latest")


class OidcLink(BaseModel):
    """Where a browser signs in through another provider."""

    name: str
    href: str


class SessionAnswer(BaseModel):
    """Who is signed in, and what changes must carry in X-CSRF-Token; both null when nobody is."""

    account: SignedAccount | None
    csrf: str | None
    oidc: OidcLink | None


Login = Annotated[str, StringConstraints(pattern=LOGIN, max_length=100)]
Email = Annotated[str, StringConstraints(pattern=EMAIL, max_length=254)]


class PlaceBody(_Body):
    """A role: for every territory, for one, for a cell of it, or for an organisation of it."""

    role: Role
    territory: Short | None = None
    level: Short | None = None
    code: Short | None = None
    organisation: Id | None = None

    @model_validator(mode="after")
    def _staff(self) -> Self:
        if self.role is Role.RESIDENT:
            raise ValueError("everybody is a resident")
        return self


class GivenBody(PlaceBody):
    valid_from: Moment | None = Field(None, description="From now on, when left out")
    valid_to: Moment | None = Field(None, description="For good, when left out")

    @model_validator(mode="after")
    def _span(self) -> Self:
        if self.valid_to and self.valid_to <= (self.valid_from or datetime.now(self.valid_to.tzinfo)):
            raise ValueError("valid_to must lie after valid_from, and ahead")
        return self


class AccountBody(_SecretBody):
    login: Login
    name: Short
    email: Email | None = None
    password: Secret | None = None
    officer: Id | None = Field(None, description="Id in the roster, whose postings count as grants")
    grants: list[GivenBody] = Field(default_factory=list)


class AccountChanges(_SecretBody):
    """Only what is there is changed."""

    name: Short = Field(default_factory=str)  # not said in the description: no name is empty
    email: Email | None = None
    password: Secret = Field(default_factory=str)
    officer: Id | None = None
    disabled: StrictBool = False
    unlocked: StrictBool = False
    has_totp: Annotated[Literal[False] | None, Field(description="False: ask for no second factor any more")] = None


class GivenInfo(GrantInfo):
    id: int
    valid_from: datetime
    valid_to: datetime | None
    given_by: str


class AccountAnswer(BaseModel):
    id: int
    login: str
    name: str
    email: str | None
    has_password: bool
    has_totp: bool
    disabled_at: datetime | None
    locked_until: datetime | None
    officer: int | None
    notices: str | None = Field(description="Language in which notices come to its e-mail address; null for none")
    grants: list[GivenInfo] = Field(description="Those that are not over")


class RoleInfo(BaseModel):
    """A role that may be given, and its rights."""

    role: Role
    rights: list[Right]
    organisation: bool = Field(description="Whether it is given for an organisation, not for a place")


class Accounts(BaseModel):
    accounts: list[AccountAnswer]
    roles: list[RoleInfo] = Field(description="What may be given")


class KeyBody(PlaceBody):
    name: Annotated[str, StringConstraints(pattern=KEY_NAME, max_length=60)]
    rights: list[Right] | None = Field(None, description="Some of the role's rights; all, when left out")
    days: Annotated[int, Strict(), Field(ge=1, le=3650)] = 365


class KeyInfo(GrantInfo):
    id: int
    name: str
    rights: list[Right]
    created_at: datetime
    created_by: str
    expires_at: datetime


class Keys(BaseModel):
    keys: list[KeyInfo]


class NewKey(KeyInfo):
    key: str = Field(description="Shown this once")


class NewTotp(BaseModel):
    """What the authenticator of an account's owner must know. Shown this once."""

    secret: str
    uri: str = Field(description="The same as an otpauth URI, which authenticators read")


class AdministrativeChange(BaseModel):
    """Something that was changed: what stood before and what stands after, or the fields that differ."""

    id: int
    at: datetime
    actor: str
    kind: Subject
    item: str = Field(description="Which: a login, a number, a code")
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AdministrativeChanges(BaseModel):
    changes: list[AdministrativeChange]
    links: list[Link]


class ContactAnswer(BaseModel):
    """How to answer the reporter. That it was read is on record."""

    number: str
    name: str | None
    phone: str | None
    email: str | None


class ContactRead(BaseModel):
    id: int
    at: datetime
    number: str
    reader: str
    reason: str


class ContactReads(BaseModel):
    reads: list[ContactRead]
    links: list[Link]


class ContactErasure(BaseModel):
    """Contacts that were erased: those of cases closed, or never closed and received, before these moments."""

    id: int
    at: datetime
    actor: str
    closed_before: datetime
    received_before: datetime
    count: int
    report_ids: list[int]
    first_received_at: datetime
    last_received_at: datetime


class ContactErasures(BaseModel):
    erasures: list[ContactErasure]


class SavedListBody(_Body):
    """A list of cases under a name."""

    name: Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=60)]
    query: Annotated[str, StringConstraints(pattern=NO_NUL, max_length=2000)] = Field(
        description="What the address of the list has behind its question mark, such as `open=true&category=lamp`"
    )


class SavedList(BaseModel):
    id: int
    name: str
    query: str


class SavedLists(BaseModel):
    lists: list[SavedList]

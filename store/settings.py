"""The settings of the service, read from `WANGGE_*` variables and nowhere else."""

from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from wangge.data.languages import Language

__all__ = ["Settings"]


def _rate(value: str) -> str:
    """A rate such as 10/minute, or several with ; between."""
    if value:
        from limits import parse_many  # the defaults need no reading

        parse_many(value)  # raises ValueError
    return value


Rate = Annotated[str, AfterValidator(_rate)]


class Settings(BaseSettings):
    """Every setting has a default that is right for one machine."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", extra="ignore", frozen=True)

    home: Path = Field(Path(".wangge"), description="Folder of the embedded PostGIS and of what the program keeps.")
    database_url: str | None = Field(
        None, description="postgresql://… of a PostGIS server to use instead of the embedded one."
    )
    pg_bin: Path | None = Field(None, description="Folder of initdb and pg_ctl, when they are in an unusual place.")
    pool_size: int = Field(
        8, ge=1, le=200, description="Most database connections that the requests of one server process share."
    )
    pgbouncer: bool = Field(False, description="Set when a transaction-pooling PgBouncer stands before the database.")

    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8136, ge=0, le=65535, description="Port the server listens on.")
    root_path: str = Field("", description="Path prefix under which a reverse proxy serves the program.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="auto: console on a terminal, JSON lines elsewhere."
    )
    lang: Literal["auto", Language] = Field("auto", description="Language of the command line; auto: from LANG.")

    tile_cache_mb: int = Field(
        32, ge=0, le=65536, description="Megabytes of drawn tiles of cells that a server process keeps; 0: none."
    )
    max_body: int = Field(256 * 1024, ge=1024, description="Largest body of a request, bytes.")
    body_s: float = Field(
        30, gt=0, description="Seconds within which a body has to come; a large one has longer, at 10 kB a second."
    )
    statement_s: float = Field(30, gt=0, description="Seconds after which a statement of a request is given up.")
    max_connections: int = Field(
        2000, ge=1, description="Connections of clients that one server process holds; further ones are answered 503."
    )
    max_streams: int = Field(
        1000, ge=0, description="Streams of events that one server process has open; further ones are answered 503."
    )
    max_streams_of_one: int = Field(
        16, ge=1, description="Streams of events that one account or key has open in a server process."
    )
    max_batch_body: int = Field(16 * 1024 * 1024, ge=1024, description="Largest body of a batch, bytes.")
    max_batch_records: int = Field(10_000, ge=1, description="Most records in one batch.")
    max_locate_points: int = Field(100_000, ge=1, description="Most points in one POST …/locate.")

    public_step: int = Field(
        3,
        ge=2,
        le=100,
        description="Published counts are rounded to multiples of this, up or down by chance.",
    )
    session_hours: float = Field(12, gt=0, description="Hours after which a browser must sign in again.")
    session_idle_minutes: float = Field(60, gt=0, description="Minutes without a request that end a browser's session.")
    secure_cookies: Literal["auto", "always", "never"] = Field(
        "auto", description="Send the session's cookie over https only; auto: when the request came that way."
    )
    token_minutes: float = Field(15, gt=0, description="Minutes for which a program's access token is good.")
    token_days: float = Field(30, gt=0, description="Days for which a program can renew its token without a password.")
    sign_in_failures: int = Field(
        5,
        ge=1,
        description="Failures of a login from one address that lock it there; of ten times as many, elsewhere.",
    )
    lockout_minutes: float = Field(5, gt=0, description="How long at first; each further failure doubles it, to a day.")

    sweep_s: float = Field(
        60, ge=0, description="Seconds between two looks at what is nearly due, overdue or rising; 0: never by itself."
    )
    release_s: float = Field(
        60,
        ge=0,
        description="Seconds between two looks for a period to be published; 0: never by itself.",
    )
    columns_s: float = Field(
        0.25,
        ge=0,
        description="Seconds between two looks at what changed, for the columns that counts are taken from; "
        "0: none are kept here.",
    )
    feed_days: int = Field(
        31, ge=1, description="Days for which what happened stays in the feed for followers without a name."
    )
    sign_in_rate: Rate = Field("10/minute;100/hour", description="Tries of one address to sign in; empty: no limit.")
    intake_rate: Rate = Field(
        "30/minute;300/hour", description="Reports of one address without an account or a key; empty: no limit."
    )
    support_rate: Rate = Field(
        "10/day;30/month", description="Supports of one case by one address without an account; empty: no limit."
    )
    proof_cost: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Rounds of proof of work (ALTCHA) that a report or support without an account must come with; "
        "1000: about a second of a phone; 0: none.",
    )
    locate_rate: Rate = Field(
        "60/minute", description="POST …/locate of one address without an account or a key; empty: no limit."
    )
    files_rate: Rate = Field(
        "30/minute", description="GET …/files of one address without an account or a key; empty: no limit."
    )
    contact_rate: Rate = Field(
        "60/minute;600/hour",
        description="Contacts that one account reads, or looks for by a telephone number; empty: no limit.",
    )
    photo_rate: Rate = Field(
        "60/minute;600/hour", description="Photos of one address without an account or a key; empty: no limit."
    )
    public_rate: Rate = Field(
        "60/minute;1000/hour",
        description="Lists of public cases (GeoJSON, Atom, Open311) of one address without an account or a key; "
        "empty: no limit.",
    )
    follow_rate: Rate = Field(
        "120/minute;2000/hour",
        description="What one address asks about cases by the secrets of their reporters; empty: no limit.",
    )
    places_rate: Rate = Field(
        "120/minute;3000/hour",
        description="GET …/places of one address without an account or a key; empty: no limit.",
    )
    suggest_rate: Rate = Field(
        "60/minute;1000/hour",
        description="Texts for which one address without an account or a key is suggested categories; empty: no limit.",
    )
    subscribe_rate: Rate = Field(
        "10/hour;30/day",
        description="Areas that one address asks to be told of by e-mail; empty: no limit.",
    )
    reporter_rate: Rate = Field(
        "10/hour;40/day", description="What the reporter of one case does by its secret; empty: no limit."
    )
    bulletin_rate: Rate = Field("10/minute;100/hour", description="GET …/bulletin of one account; empty: no limit.")
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="Addresses and networks of proxies whose X-Forwarded headers are believed; *: of all.",
    )
    metrics_from: str = Field(
        "127.0.0.0/8 ::1", description="Addresses and networks that /metrics is given to, blanks between."
    )
    traces: str | None = Field(
        None,
        description="http://… of a collector of OpenTelemetry that gets a trace of each request; none: none are made.",
    )
    cors_public_origins: str = Field(
        "*", description="Origins whose pages may read what anybody may read, blanks between; `*`: all; empty: none."
    )
    cors_origins: str = Field(
        "", description="Origins whose pages may use all of the API, with a token of their own; cookies never count."
    )
    photo_store: str | None = Field(
        None,
        description="Where photos are kept: such as s3://bucket/folder, with AWS_… variables; a folder of the home "
        "folder, when left out.",
    )
    archive: str | None = Field(
        None,
        description="Folder, or address such as s3://bucket/folder, where all reports are kept as GeoParquet by month; "
        "nowhere, when left out.",
    )
    archive_s: float = Field(
        300, ge=0, description="Seconds between two looks at which months have changed; 0: never by itself."
    )
    export_hours: float = Field(24, gt=0, description="Hours that an export is kept after it was asked for.")
    exports_mb: int = Field(
        10_000, ge=1, description="Megabytes that exports take together; beyond it whoever has most loses their oldest."
    )
    photo_days: int = Field(730, ge=0, description="Days after a case is closed when its photos are erased.")
    photo_days_open: int = Field(
        1460,
        ge=0,
        description="Days after a report came in when its photos are erased though the case was never closed.",
    )
    contact_days: int = Field(180, ge=0, description="Days after a case is closed when its contact is erased.")
    contact_days_open: int = Field(
        730,
        ge=0,
        description="Days after a report came in when its contact is erased though the case was never closed.",
    )
    public_url: str | None = Field(
        None, description="Address by which people outside reach the service, which notices link to."
    )
    smtp_host: str | None = Field(None, description="Server that takes e-mail; without one no notices go by e-mail.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to it is guarded; none: in the clear, password and all."
    )
    smtp_user: str = Field("", description="Who signs in to it; empty: nobody does.")
    smtp_password: SecretStr = Field(SecretStr(""), description="The password for it.")
    smtp_from: str = Field("", description="Address that notices come from, such as wangge@example.org.")
    notice_gateway: Path | None = Field(
        None, description="TOML file that declares the HTTP gateway for text messages (docs/notices.md); none: none go."
    )
    notice_language: Language = Field("zh", description="Language of notices to somebody whose own is not known.")
    notice_gather_s: float = Field(
        60, ge=0, description="Seconds that a notice waits, so that what follows at once goes out with it."
    )
    notice_pause_minutes: float = Field(
        30, ge=0, description="Minutes between two messages to the same address; what happens meanwhile is one message."
    )
    notice_quiet: str = Field(
        "21:00-08:00", description="When nobody is sent a message, by the clock of the territory; empty: never."
    )
    notice_days: float = Field(3, gt=0, description="Days for which a message is tried before it is given up.")
    webhook_days: float = Field(
        3, gt=0, description="Days for which an event is tried at a webhook before it is given up."
    )
    push_contact: str = Field(
        "",
        description="mailto: or https: address of who runs the service, which push services are told; empty: nothing "
        "is pushed to browsers.",
    )
    webhook_networks: str = Field(
        "",
        description="Private networks that webhooks, and messages to browsers, may lead into, blanks between, by http "
        "too; empty: none.",
    )
    open311_s: float = Field(
        300,
        ge=0,
        description="Seconds between two looks at other Open311 servers that territories are in step with; 0: never by "
        "itself.",
    )
    open311_keys: SecretStr = Field(
        SecretStr(""), description="Keys that other Open311 servers gave: NAME=KEY, blanks between."
    )
    oidc_issuer: str | None = Field(None, description="Address of an OpenID provider by which staff may sign in.")
    oidc_client_id: str = Field("", description="What the provider calls this service.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Secret that the provider gave this service.")
    oidc_name: str = Field("OIDC", description="What the button in the viewer calls the provider.")
    oidc_scopes: str = Field("openid profile email", description="Scopes that are asked for.")
    oidc_match: Literal["subject", "email", "login"] = Field(
        "subject",
        description="How a first sign-in finds its account: never, by verified e-mail, or by preferred_username.",
    )

    basemap_url: str | None = Field(
        None, description="XYZ raster template, or a .pmtiles address, shown under the grid; none: no base map."
    )
    basemap_attribution: str = Field("", description="Attribution the base map asks for.")
    basemap_datum: Literal["wgs84", "cgcs2000", "gcj02"] = Field(
        "wgs84", description="Datum of the base map; gcj02 shifts what is displayed, never what is stored."
    )
    cells_archive: str | None = Field(
        None,
        description="Address of an archive of the cells (`wangge tiles build`), {territory} in it for the code: the "
        "screens read that instead of asking for tiles.",
    )

    @model_validator(mode="after")
    def _reachable(self) -> "Settings":
        """Who sends notices says from where, and where their links lead."""
        if (self.smtp_host or self.notice_gateway or self.push_contact) and not self.public_url:
            raise ValueError("WANGGE_PUBLIC_URL is needed: notices link to the service")
        if self.smtp_host and "@" not in self.smtp_from:
            raise ValueError("WANGGE_SMTP_FROM is needed: an address such as wangge@example.org")
        if self.push_contact and not self.push_contact.startswith(("mailto:", "https://")):
            raise ValueError("WANGGE_PUSH_CONTACT: an address such as mailto:wangge@example.org")
        return self

    @field_validator("notice_quiet")
    @classmethod
    def _hours(cls, value: str) -> str:
        """Two times of the day such as 21:00-08:00."""
        if value:
            begins, ends = (time.fromisoformat(part) for part in value.split("-"))  # raises ValueError
            if begins == ends:
                raise ValueError("the two times are the same")
        return value

    @field_validator("traces", "public_url")
    @classmethod
    def _collector(cls, value: str | None) -> str | None:
        """An address of http or https."""
        if value and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("expected an address such as http://127.0.0.1:4318")
        return value or None

    @field_validator("photo_store")
    @classmethod
    def _store(cls, value: str | None) -> str | None:
        """An address such as s3://bucket/folder."""
        parts = urlsplit(value or "")
        if value and (parts.scheme not in {"s3", "gs", "az", "file"} or not (parts.netloc or parts.path.strip("/"))):
            raise ValueError("expected an address such as s3://bucket/folder")
        return value or None

    @field_validator("archive")
    @classmethod
    def _archive(cls, value: str | None) -> str | None:
        """A folder, or an address such as s3://bucket/folder."""
        return cls._store(value) if value and "://" in value else value or None

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, value: str) -> str:
        """Addresses and networks such as 10.0.0.0/8, with commas between, or *."""
        for part in value.split(","):
            if part.strip() not in {"", "*"}:
                ip_network(part.strip(), strict=False)  # raises ValueError
        return value

    @field_validator("metrics_from", "webhook_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        """Addresses or networks, such as 10.0.0.7 or 10.0.0.0/24."""
        for network in value.split():
            ip_network(network)  # raises ValueError
        return value

    @field_validator("open311_keys")
    @classmethod
    def _keys(cls, value: SecretStr) -> SecretStr:
        """Keys by the names of servers."""
        for part in value.get_secret_value().split():
            name, _, key = part.partition("=")
            if not name or not key:
                raise ValueError("NAME=KEY, blanks between")
        return value

    @field_validator("cors_public_origins", "cors_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        """Origins as browsers name them (RFC 6454): https://maps.example.org, without a path."""
        for origin in value.split():
            parts = urlsplit(origin)
            if origin != "*" and origin != f"{parts.scheme}://{parts.netloc}".lower():
                raise ValueError(f"{origin} is no origin such as https://maps.example.org")
        return value

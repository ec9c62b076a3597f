"""By what ways notices go, as the settings say; none by default."""

from dataclasses import dataclass
from datetime import timedelta

from wangge.outgoing.notices.gateway import Gateway, read_gateway
from wangge.outgoing.notices.mail import Mail
from wangge.outgoing.notices.recipients import mailbox_of
from wangge.outgoing.notices.timing import Timing
from wangge.outgoing.notices.wechat import WeChat, read_wechat
from wangge.outgoing.webhooks.addresses import Networks, networks_of
from wangge.store.settings import Settings

__all__ = ["Ways"]


@dataclass(frozen=True, slots=True)
class Ways:
    """How people are reached.

    Attributes
    ----------
    keep : how long a message is tried.
    language : of whoever's own is not known.
    url : where the service is reached from outside, without a slash at its end.
    push : who runs the service, as push services are told; empty where browsers are told nothing.
    networks : private ones that push services may lie in.
    """

    mail: Mail | None
    gateway: Gateway | None
    wechat: WeChat | None
    timing: Timing
    keep: timedelta
    language: str
    url: str
    push: str
    networks: Networks

    @classmethod
    def of(cls, settings: Settings) -> "Ways":
        """Those of the settings. Raises BadGateway."""
        timing = Timing.of(settings.notice_gather_s, settings.notice_pause_minutes, settings.notice_quiet)
        gateway = read_gateway(settings.notice_gateway) if settings.notice_gateway else None
        wechat = read_wechat(settings.notice_gateway) if settings.notice_gateway else None
        by = Mail.of(settings), gateway, wechat
        url = (settings.public_url or "").rstrip("/")
        keep = timedelta(days=settings.notice_days)
        networks = networks_of(settings.webhook_networks)
        return cls(*by, timing, keep, settings.notice_language, url, settings.push_contact, networks)

    @property
    def open(self) -> bool:
        """Whether there is any."""
        return any(way is not None for way in (self.mail, self.gateway, self.wechat)) or bool(self.push)

    def to(self, phone: str | None, email: str | None) -> tuple[str, str] | None:
        """The channel and the address by which somebody is reached, one only: e-mail, which costs nothing, first."""
        if email and self.mail and (mailbox := mailbox_of(email)):
            return "email", mailbox
        if phone and self.gateway and (number := self.gateway.reaches(phone)):
            return "gateway", number
        return None

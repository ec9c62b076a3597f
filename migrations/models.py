"""Every table of the program in one place, so that a migration and its test compare with all of them."""

from wangge.access import tables as access
from wangge.duty import tables as duty
from wangge.outgoing.areas import tables as areas
from wangge.outgoing.delivery import tables as deliveries
from wangge.outgoing.notices import tables as notices
from wangge.outgoing.open311 import tables as peers
from wangge.outgoing.webhooks import tables as webhooks
from wangge.patterns.findings import tables as findings
from wangge.planning.attributes import tables as attributes
from wangge.planning.drafts import tables as drafts
from wangge.reports import tables as reports
from wangge.reports.assets import tables as assets
from wangge.reports.audit import tables as audit
from wangge.reports.campaigns import tables as campaigns
from wangge.reports.evidence import tables as evidence
from wangge.reports.feed import tables as feed
from wangge.reports.figures import tables as figures
from wangge.reports.meetings import tables as meetings
from wangge.reports.policy import tables as policy
from wangge.reports.release import tables as release
from wangge.reports.reporter import tables as reporter
from wangge.reports.templates import tables as templates
from wangge.reports.text import tables as text
from wangge.store import tables as grids
from wangge.store.base import Base

__all__ = ["METADATA", "MODULES"]

MODULES = (
    *(grids, duty, access, reports, policy, figures, meetings, feed),
    *(release, templates, findings, evidence, reporter, audit, deliveries, notices, text, webhooks, attributes, drafts),
    *(assets, campaigns, peers, areas),
)
"""The modules that declare tables: to have imported one is what makes its tables known."""

METADATA = Base.metadata

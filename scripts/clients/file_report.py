"""Files a report and reads it again, by the client that openapi-python-client made: python file_report.py URL KEY."""

import sys

from generated.api.reports import create_report, get_report  # type: ignore[import-not-found]
from generated.client import AuthenticatedClient  # type: ignore[import-not-found]
from generated.models import CaseDetail, FiledReport, ReportBody  # type: ignore[import-not-found]

url, key = sys.argv[1:]
with AuthenticatedClient(url, token=key) as client:
    body = ReportBody(lon=116.8712, lat=38.3164, category="lamp", description="Python")
    filed = create_report.sync("xinhua", client=client, body=body, idempotency_key="python")
    assert isinstance(filed, FiledReport), filed  # noqa: S101 - a script that proves something
    read = get_report.sync("xinhua", filed.number, client=client)
    assert isinstance(read, CaseDetail), read  # noqa: S101
    refused = create_report.sync("xinhua", client=client, body=ReportBody(lon=0, lat=0, category="lamp"))
    print(read.number, read.cell.code, refused.type_)

"""A start loads what it needs: no list of commands waits for a driver, no server for what only planners use."""

import subprocess
import sys

from tests.conftest import ROOT

LOADED = "import sys; print(*sys.modules, file=sys.stderr)"
HELP = f"""
import sys
from wangge.api.cli import main
sys.argv = ["wangge", "--help"]
try:
    main()
finally:
    {LOADED}
"""
SERVE = f"""
import wangge.api.cli.serve
from wangge.api.app import create_app
from wangge.store.settings import Settings
create_app(Settings())
{LOADED}
"""
# Each serves some commands or some requests, and is loaded by the first of them.
RARE = {
    "alembic", "branca", "folium", "geoalchemy2", "geopandas", "holidays", "httpx2", "joserfc", "openpyxl",
    "opentelemetry.exporter", "opentelemetry.sdk", "pandas", "pyarrow.compute", "pyarrow.parquet", "pyogrio", "pyproj",
    "requests", "sqlalchemy", "typst", "xlsxwriter",
}  # fmt: skip
ALWAYS = {"fastapi", "numpy", "psycopg", "pyarrow", "pydantic", "shapely"}


# Its limits are the first thing that a report asks a territory for.
CALENDAR = f"""
from datetime import time
from wangge.reports.policy.calendars import supported_holidays, working_calendar
assert [supported_holidays(one) for one in ("CN", "US-DC", "US-XX", "XX", "CHN")] == [True, True, False, False, False]
working_calendar("Asia/Shanghai", ((time(8), time(12)),), holidays="CN")
{LOADED}
"""


def loaded_by(program: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stderr.split())


def test_the_list_of_commands_needs_neither_driver_nor_numbers() -> None:
    loaded = loaded_by(HELP)
    assert "typer" in loaded
    assert not loaded & (RARE | ALWAYS)


def test_a_server_loads_nothing_that_only_some_requests_need() -> None:
    loaded = loaded_by(SERVE)
    assert loaded >= ALWAYS
    assert not loaded & RARE


def test_the_holidays_of_a_country_load_no_other_countries() -> None:
    countries = {name for name in loaded_by(CALENDAR) if name.startswith("holidays.countries.")}
    assert countries == {"holidays.countries.china", "holidays.countries.united_states"}

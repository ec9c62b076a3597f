"""The shipped reports fit their territories, and the synthetic ones look like real ones."""

import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from wangge.demo.synthesis.territories import SPECIAL

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def made_up() -> pd.DataFrame:
    return pd.read_csv(DATA / "reports" / "xinhua_2025.csv.gz", parse_dates=["occurred_at"], dtype={"synthetic": str})


@pytest.fixture(scope="module")
def courses() -> pd.DataFrame:
    return pd.read_csv(DATA / "reports" / "xinhua_2025_courses.csv.gz", dtype={"urgent": str, "satisfied": str})


@pytest.fixture(scope="module")
def in_grids(made_up: pd.DataFrame) -> gpd.GeoDataFrame:
    grids = gpd.read_file(DATA / "boundaries" / "xinhua" / "grids.geojson")
    places = gpd.GeoDataFrame(made_up, geometry=gpd.points_from_xy(made_up.lon, made_up.lat), crs=4326)
    return gpd.sjoin(places, grids[["code", "geometry"]], how="left", predicate="covered_by")


def test_there_are_10825_and_each_says_that_it_is_synthetic(made_up: pd.DataFrame) -> None:
    assert len(made_up) == 10_825
    assert made_up.external_id.tolist() == [f"SYN-{n:06d}" for n in range(1, 10_826)]
    assert (made_up.synthetic == "true").all()
    assert made_up.description.str.startswith("【合成】").all()


def test_they_span_the_year_2025_in_order(made_up: pd.DataFrame) -> None:
    assert made_up.occurred_at.is_monotonic_increasing
    assert (made_up.occurred_at.dt.year == 2025).all()
    assert made_up.occurred_at.dt.month.nunique() == 12


def test_all_lie_inside_the_territory(in_grids: gpd.GeoDataFrame) -> None:
    assert in_grids.code.notna().all()


def test_categories_are_those_of_the_territory(made_up: pd.DataFrame) -> None:
    text = (DATA / "boundaries" / "xinhua" / "categories.toml").read_text(encoding="utf-8")
    known = {category["code"] for category in tomllib.loads(text)["categories"]}
    assert set(made_up.category) == known


def test_a_few_base_grids_are_hot_and_the_country_is_quiet(in_grids: gpd.GeoDataFrame) -> None:
    counts = in_grids.code.value_counts()
    hottest_twentieth = counts.head(21).sum() / len(in_grids)
    assert 0.2 < hottest_twentieth < 0.4, "hot spots"
    assert counts.reindex(counts.index[:400]).median() < 0.2 * counts.max(), "many moderate ones"
    assert 0.1 < (in_grids.code.str[6] == "2").mean() < 0.25, "the township has most of the area"


def test_special_grids_are_where_reports_speak_of_such_a_place(in_grids: gpd.GeoDataFrame) -> None:
    grids = gpd.read_file(DATA / "boundaries" / "xinhua" / "grids.geojson", ignore_geometry=True).set_index("code")
    special = grids[grids.purpose.notna()]
    assert special.purpose.to_dict() == {code: purpose for code, (purpose, _) in SPECIAL.items()}
    for code, (_, name) in SPECIAL.items():
        there = in_grids[in_grids.code == code]
        assert there.description.str.contains(name).sum() >= 15, code
        assert f"（{name}，合成）" in special.name[code]


def test_seasons_weeks_and_hours_show(made_up: pd.DataFrame) -> None:
    at = made_up.occurred_at
    heating = at[made_up.category == "heating"]
    assert heating.dt.month.isin([1, 2, 3, 10, 11, 12]).all()
    assert not heating.dt.strftime("%m-%d").between("03-16", "10-29").any(), "no heat in summer"
    noise = at[made_up.category == "noise"].dt.hour
    assert ((noise >= 20) | (noise < 6)).mean() > 0.4, "noise is reported at night"
    by_weekday = at.dt.day_of_week.value_counts()
    assert by_weekday[6] < 0.8 * by_weekday[0], "Sundays are quieter than Mondays"


def test_wards_that_washington_recorded_agree_with_its_polygons() -> None:
    requests = pd.read_csv(DATA / "reports" / "washington_2015_2016.csv.gz")
    assert len(requests) == 34_033
    places = gpd.GeoDataFrame(
        requests[["WARD"]],
        geometry=gpd.points_from_xy(requests.LONGITUDE, requests.LATITUDE),
        crs=4326,
    )
    folder = DATA / "boundaries" / "washington"
    wards = gpd.read_file(folder / "ward.geojson")[["WARD", "geometry"]]
    joined = gpd.sjoin(places[places.WARD.notna()], wards, predicate="covered_by", rsuffix="drawn")
    agrees = joined.WARD_left.astype(int).astype(str) == joined.WARD_drawn
    assert agrees.sum() / places.WARD.notna().sum() >= 0.998
    districts = gpd.read_file(folder / "smd.geojson")[["geometry"]]
    assert gpd.sjoin(places, districts, how="left", predicate="covered_by").index_right.notna().all()


def test_washington_categories_name_every_service_code() -> None:
    requests = pd.read_csv(DATA / "reports" / "washington_2015_2016.csv.gz", dtype=str)
    text = (DATA / "boundaries" / "washington" / "categories.toml").read_text(encoding="utf-8")
    named = {c["code"]: c["name"]["en"] for c in tomllib.loads(text)["categories"]}
    assert named == dict(zip(requests.SERVICECODE, requests.SERVICECODEDESCRIPTION, strict=True))


def test_every_report_has_a_course_and_few_end_otherwise_than_closed(
    made_up: pd.DataFrame, courses: pd.DataFrame
) -> None:
    assert courses.external_id.tolist() == made_up.external_id.tolist()
    ends = courses.end.value_counts()
    assert set(ends.index) == {"closed", "parked", "merged", "refused", "withdrawn", "voided"}
    assert courses.incident.nunique() == 11
    assert courses.handle.max() < 1, "nothing is handled late"
    assert (courses[["register", "verify"]] > 1).any().all(), "but other steps are, now and then"


def test_what_is_merged_doubles_a_report_just_before_it(made_up: pd.DataFrame, courses: pd.DataFrame) -> None:
    merged = courses[courses.end == "merged"]
    reports, ends = made_up.set_index("external_id"), courses.set_index("external_id").end
    assert (merged.into < merged.external_id).all()
    assert (reports.category[merged.external_id].to_numpy() == reports.category[merged.into].to_numpy()).all()
    assert (ends[merged.into] == "closed").all(), "the one that is doubled goes on"

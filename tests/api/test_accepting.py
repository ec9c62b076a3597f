"""The form of an answer is the one that Accept likes best."""

import pytest
from fastapi.testclient import TestClient

from tests.api.test_query_names import HERE
from wangge.api.plumbing.accepting import best_form

JSON, GEOJSON, CSV = OFFERED = ("application/json", "application/geo+json", "text/csv")


@pytest.mark.parametrize(
    ("accepted", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/html", JSON),
        (GEOJSON, GEOJSON),
        ("Application/Geo+JSON", GEOJSON),
        (f"{GEOJSON};q=0.5, {JSON}", JSON),
        (f"{JSON};q=0.5, {GEOJSON}", GEOJSON),
        (f"{GEOJSON};q=0, */*", JSON),
        (f"{JSON};q=0, */*;q=0.1", GEOJSON),
        ("application/*;q=0.2, text/*", CSV),
        (f"text/*, {CSV};q=0, {GEOJSON};q=0.1", GEOJSON),
        (f'{GEOJSON}; profile="x"; q=0.9, {JSON};q=0.8', GEOJSON),
        (f"{GEOJSON};q=2, {CSV};q=0.1", CSV),
        ("x-application/geo+json-not", JSON),
    ],
)
def test_the_form_of_the_highest_weight_is_sent(accepted: str | None, form: str) -> None:
    assert best_form(accepted, OFFERED) == form


def test_reports_and_figures_go_by_it(reader: TestClient) -> None:
    for accept, media in [(f"{GEOJSON};q=0.2, {JSON}", JSON), (f"{JSON};q=0.2, {GEOJSON}", GEOJSON)]:
        assert reader.get(f"{HERE}/reports", headers={"Accept": accept}).headers["content-type"] == media
    for accept, media in [(f"{CSV};q=0.2, {JSON}", JSON), (f"{JSON};q=0.2, text/*", CSV)]:
        answer = reader.get(f"{HERE}/indicators", headers={"Accept": accept})
        assert answer.headers["content-type"].partition(";")[0] == media

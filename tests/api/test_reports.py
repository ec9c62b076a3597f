"""One report's way through HTTP: filed, placed, read back, listed."""

import pytest
from fastapi.testclient import TestClient

HERE = "/api/v1/territories/xinhua"


def test_a_report_travels_from_request_to_list(client: TestClient) -> None:
    cells = client.get(f"{HERE}/cells", params={"level": "grid"}).json()["features"]
    print(len(cells))
    filed = client.post(f"{HERE}/reports", json={"lon": 116.87, "lat": 38.32, "category": "wiring"})
    assert filed.status_code == 201, filed.text
    print(filed.json())
    again = client.get(filed.headers["location"])
    print(again.json())
    assert again.status_code == 200

"""A database whose disk is full, as PostgreSQL says it."""

import pytest
from fastapi.testclient import TestClient

from wangge.store.engine import connect

FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file "base/5/1234": No space left on device' USING ERRCODE = '{code}';
END $$;
CREATE TRIGGER no_room BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION no_room();
"""


# A file that cannot be extended is told as the one or, on some file systems, as an error of input and output.
@pytest.mark.parametrize("code", ["disk_full", "io_error"])
@pytest.mark.parametrize(("language", "title"), [("en", "The disk is full"), ("zh", "磁盘已满")])
def test_the_message_says_that_the_disk_is_full(
    client: TestClient, database: str, language: str, title: str, code: str
) -> None:
    with connect(database) as connection:
        connection.execute(FULL.replace("{code}", code))
    here = "/api/v1/territories/xinhua/reports"
    body = {"lon": 116.87, "lat": 38.32, "category": "lamp"}
    answer = client.post(here, json=body, headers={"Accept-Language": language})
    assert (answer.status_code, answer.json()["title"]) == (507, title)
    assert (answer.json()["type"], answer.headers["retry-after"]) == ("/problems/database-full", "60")
    assert client.get(here).status_code == 200, "what is there can be read"

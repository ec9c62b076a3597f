"""What Schemathesis does differently while it tests this service: it leaves alone what the run itself stands on."""

import os
from typing import Any

import schemathesis
from hypothesis import strategies as st

# Lines that are reports, reports that are wrong, and lines that are no JSON.
LINES = st.lists(
    st.one_of(
        st.builds(
            '{{"lon": {}, "lat": 38.32, "category": {}, "external_id": {}}}'.format,
            st.floats(116.87, 116.8755),
            st.sampled_from(['"wiring"', '"lamp"', '"dragons"', "1"]),
            st.sampled_from(['"1"', '"\\u0000"', '"\\ud800"', "null"]),
        ),
        st.sampled_from(["{}", "[]", "1e999", "NaN", "{", '{"lon": 9e99, "lat": null}', "[" * 2000]),
    ),
    max_size=5,
)
for media in ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/geo+json-seq"):
    schemathesis.openapi.media_type(media, LINES.map(lambda lines: "\n".join(lines).encode()))

OWN = os.environ.get("WANGGE_CONTRACT_ACCOUNT", "")
ENDLESS = ("1", "true", "t", "yes", "y", "on")


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """The run's own account is not to be disabled, nor given another password: another is in its place.

    And a stream of events is left where it waits for more.
    """
    if case.operation.path.endswith("/events") and str((case.query or {}).get("follow", "1")).lower() in ENDLESS:
        case.query = dict(case.query or {}) | {"follow": "false"}
    if OWN and str((case.path_parameters or {}).get("account")) == OWN:
        case.path_parameters["account"] = int(OWN) + 1

"""A policy written as TOML, in the order in which people read it."""

from collections.abc import Sequence

from wangge.geo.files.tomltext import toml_text
from wangge.reports.policy.document import Day, PolicyDocument

__all__ = ["policy_toml"]

_LIMIT_KEYS = ("step", "urgency", "categories", "within")


def policy_toml(document: PolicyDocument, days: Sequence[Day] = ()) -> str:
    """The text of a policy.toml that reads back as the same policy with the same single days."""
    stored = document.model_dump(mode="json", exclude_none=True)
    return toml_text(
        {
            "warn": stored["warn"],
            "reopen_days": stored["reopen_days"],
            "working": stored["working"],
            "levels": stored["levels"],
            "limits": [{key: limit[key] for key in _LIMIT_KEYS if key in limit} for limit in stored["limits"]],
            "days": [day.model_dump(exclude_none=True) for day in days],
        }
    )

"""What a role was given for: a territory, a cell of it, or an organisation, as it stands in a row."""

from typing import Any

from wangge.access.person import Grant

__all__ = ["parameters"]


def parameters(grant: Grant) -> dict[str, Any]:
    """A grant as the parameters of the statements that store one."""
    return {
        "role": grant.role.value,
        "territory": grant.territory,
        "level": grant.level,
        "code": grant.code,
        "organisation": grant.organisation,
    }

"""PostgreSQL's own types of transactions, which SQLAlchemy does not know: ids that never wrap round, and snapshots."""

from typing import Any

from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

__all__ = ["Snapshot", "TransactionId"]


class TransactionId(UserDefinedType[str]):
    """The id of a transaction in 64 bits (`xid8`)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in DDL."""
        return "xid8"


class Snapshot(UserDefinedType[str]):
    """Which transactions were over at a moment (`pg_snapshot`)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in DDL."""
        return "pg_snapshot"


# So that a schema that is read back is held against the models type by type.
ischema_names["xid8"] = TransactionId
ischema_names["pg_snapshot"] = Snapshot

"""Which reports are counted: one rule in one place, a view that everything reads that makes figures.

A case of a campaign is work like any other and stands in lists; no figure but the campaign's own board has it. Whoever
counts reads `counted_report` in the place of `report`; `tests/access/test_scope.py` names who reads the table itself.
"""

__all__ = ["VIEW"]

# Columns that a later migration adds come at the end; one that drops a column drops the view first.
VIEW = "CREATE OR REPLACE VIEW counted_report AS SELECT * FROM report WHERE campaign IS NULL"
"""Made anew after the migrations, for it has the columns of the table."""

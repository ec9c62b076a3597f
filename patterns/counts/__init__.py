"""Counts of reports by any filter, for those who may see them: by the columns, or else by the database."""

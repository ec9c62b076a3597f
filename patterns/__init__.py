"""Counts and clusters of reports, kept apart from the database and held to it."""

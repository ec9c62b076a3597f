"""Columns: the reports of a territory in mapped files, counted by a compiled scan, exact at a place in the feed."""

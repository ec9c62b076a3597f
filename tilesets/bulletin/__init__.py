"""The bulletin of a month: figures, map, ranking, findings and what they rest on, on two to four pages of PDF."""

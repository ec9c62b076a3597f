"""Notices: residents hear what becomes of their reports, and staff what waits for them, by e-mail or telephone."""

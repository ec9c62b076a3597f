"""Boundaries and reports that come with Wangge, and the programs that made them."""

"""Texts that people answer and act with: kept by territory, category and move, and filled in for a case."""

"""Figures and integrity checks."""

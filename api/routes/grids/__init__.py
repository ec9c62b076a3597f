"""Territories, cells, look-ups, tiles and bundles."""

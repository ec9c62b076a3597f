"""The functions that draw tiles, installed in name order after every migration; each takes (z, x, y, query)."""

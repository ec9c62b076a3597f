"""Attributes of cells over time: declared as data, dated values out of sheets, rolled up the hierarchy by rule."""

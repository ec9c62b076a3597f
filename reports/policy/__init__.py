"""Limits and calendars: how long each step may take, counted on the wall or in working time."""

"""Drafts: the base grids of an edition to be, changed one by one until they are stored as an edition."""

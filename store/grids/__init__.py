"""Editions of grids: loaded, kept, published, and live in the memory of each server."""

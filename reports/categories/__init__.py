"""The categories of a territory."""

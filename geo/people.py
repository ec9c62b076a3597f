"""What base grids may say of who lives there."""

__all__ = ["PEOPLE"]

PEOPLE = ("households", "population")
"""Attributes of base grids that say how many could report; where one is wanted, the first that all of them have."""

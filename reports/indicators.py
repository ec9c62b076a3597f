"""The figures by which a city judges itself: each declared by numerator, denominator, exclusions and unit. Pure."""

__all__: list[str] = []

"""The figures of a city, counted from the facts of its cases."""
